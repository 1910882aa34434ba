using System.Text;

namespace Postern.Smtp.Replies;

/// <summary>Makes one line of a reply fit for the wire.</summary>
internal static class ReplyLine
{
    /// <summary>Octets of a reply line without CRLF (RFC 5321 §4.5.3.1.5).</summary>
    public const int Limit = 510;

    private const string Gap = "...";
    private const int KeptEnd = 64;

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
