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
    public SmtpReply WithSuffix(string suffix) => this with { Lines = Lines.SetItem(Lines.Length - 1, Lines[^1] + " " + suffix) };

    /// <summary>All lines joined by LF, without line ends: for logs and explanations.</summary>
    public override string ToString()
    {
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

    /// <summary>
    /// UTF-8 with CRLF line ends, ready to be written. A line over <see cref="ReplyLine.Limit"/> loses its middle, since its end
    /// may hold the id of the decision; a control character becomes <c>?</c>, so no text can make a second reply.
    /// </summary>
    public byte[] ToBytes()
    {
        StringBuilder text = new();
        for (int i = 0; i < Lines.Length; i++)
            text.Append(ReplyLine.Fit($"{Code}{(i == Lines.Length - 1 ? ' ' : '-')}{(Enhanced is { } code ? $"{code} " : "")}", Lines[i])).Append("\r\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
