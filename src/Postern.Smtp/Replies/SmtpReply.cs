using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace Postern.Smtp.Replies;

/// <summary>A reply as it goes on the wire (RFC 5321 §4.2, RFC 2034).</summary>
/// <param name="Code">220-599.</param>
/// <param name="Enhanced">null for the greeting, EHLO, 354 and AUTH challenges, which carry none.</param>
/// <param name="Lines">at least one; never holds CR, LF or NUL.</param>
public sealed record SmtpReply(int Code, EnhancedCode? Enhanced, ImmutableArray<string> Lines)
{
    public SmtpReply(int code, string enhanced, string text)
        : this(code, EnhancedCode.TryParse(enhanced, out EnhancedCode parsed) ? parsed : null, [text])
    {
    }

    public SmtpReply(int code, string text)
        : this(code, null, [text])
    {
    }

    public bool IsPositive => Code < 400;

    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>The reply with <paramref name="suffix"/> behind its last line, after a blank; long lines are not cut here.</summary>
    public SmtpReply WithSuffix(string suffix) => this with { Lines = Lines is [var only] ? [$"{only} {suffix}"] : Lines.SetItem(Lines.Length - 1, $"{Lines[^1]} {suffix}") };

    /// <summary>All lines joined by LF, without line ends: for logs and explanations.</summary>
    public override string ToString()
    {
        if (Lines is [var only]) return Enhanced is { } enhanced ? $"{Code} {enhanced.Class}.{enhanced.Subject}.{enhanced.Detail} {only}" : $"{Code} {only}";
        StringBuilder text = new();
        for (int i = 0; i < Lines.Length; i++)
        {
            if (i > 0) text.Append('\n');
            text.Append(Code).Append(i == Lines.Length - 1 ? ' ' : '-');
            if (Enhanced is { } code) text.Append(code).Append(' ');
            text.Append(Lines[i]);
        }

        return text.ToString();
    }

    /// <summary>Writes <see cref="ToBytes"/>, where there is nothing to mend without making a copy.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        for (int i = 0; i < Lines.Length; i++)
        {
            if (!ReplyLine.TryWrite(output, Code, isLast: i == Lines.Length - 1, Enhanced, Lines[i])) output.Write(LineBytes(i));
        }
    }

    /// <summary>
    /// UTF-8 with CRLF line ends, ready to be written. A line over <see cref="ReplyLine.Limit"/> loses its middle, since its end
    /// may hold the id of the decision; a control character becomes <c>?</c>, so no text can make a second reply.
    /// </summary>
    public byte[] ToBytes()
    {
        ArrayBufferWriter<byte> text = new();
        for (int i = 0; i < Lines.Length; i++) text.Write(LineBytes(i));
        return text.WrittenSpan.ToArray();
    }

    private byte[] LineBytes(int i) =>
        Encoding.UTF8.GetBytes(ReplyLine.Fit($"{Code}{(i == Lines.Length - 1 ? ' ' : '-')}{(Enhanced is { } code ? $"{code} " : "")}", Lines[i]) + "\r\n");
}
