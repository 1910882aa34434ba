using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Postern.Smtp.Replies;

/// <summary>Makes one line of a reply fit for the wire.</summary>
internal static class ReplyLine
{
    /// <summary>Octets of a reply line without CRLF (RFC 5321 §4.5.3.1.5).</summary>
    public const int Limit = 510;

    private const string Gap = "...";
    private const int KeptEnd = 64;

    /// <summary>Code, blank, enhanced code, blank: <c>550 5.123.123 </c>.</summary>
    private const int LongestPrefix = 14;

    /// <summary>Writes a line of plain ASCII that is short enough, CRLF included.</summary>
    /// <returns>false: nothing was written, for <see cref="Fit"/> has something to mend.</returns>
    public static bool TryWrite(IBufferWriter<byte> output, int code, bool isLast, EnhancedCode? enhanced, string text)
    {
        if (text.Length + LongestPrefix > Limit || text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return false;
        Span<byte> line = output.GetSpan(text.Length + LongestPrefix + 2);
        line[0] = (byte)('0' + (code / 100));
        line[1] = (byte)('0' + (code / 10 % 10));
        line[2] = (byte)('0' + (code % 10));
        line[3] = isLast ? (byte)' ' : (byte)'-';
        int length = 4;
        if (enhanced is { } given)
        {
            if (!Utf8.TryWrite(line[length..], CultureInfo.InvariantCulture, $"{given.Class}.{given.Subject}.{given.Detail} ", out int written)) return false;
            length += written;
        }

        length += Encoding.ASCII.GetBytes(text, line[length..]);
        "\r\n"u8.CopyTo(line[length..]);
        output.Advance(length + 2);
        return true;
    }

    public static string Fit(string prefix, string text)
    {
        text = PrintableText.Of(text);
        if (Encoding.UTF8.GetByteCount(prefix) + Encoding.UTF8.GetByteCount(text) <= Limit) return prefix + text;
        int room = Limit - Encoding.UTF8.GetByteCount(prefix) - Gap.Length;
        List<Rune> runes = [.. text.EnumerateRunes()];
        int end = runes.Count;
        int used = 0;
        while (end > 0 && used + runes[end - 1].Utf8SequenceLength <= KeptEnd) used += runes[--end].Utf8SequenceLength;
        int start = 0;
        while (used + runes[start].Utf8SequenceLength <= room) used += runes[start++].Utf8SequenceLength;
        return $"{prefix}{string.Concat(runes.Take(start))}{Gap}{string.Concat(runes.Skip(end))}";
    }
}
