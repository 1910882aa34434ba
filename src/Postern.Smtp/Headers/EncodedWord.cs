using System.Text;

namespace Postern.Smtp.Headers;

/// <summary>Writes unstructured text for a header: plain where it is ASCII, else as encoded words (RFC 2047 §4.1).</summary>
public static class EncodedWord
{
    /// <summary>Octets of text in one word, so that it stays below 75 characters (RFC 2047 §2).</summary>
    private const int Longest = 45;

    public static string Of(string text)
    {
        if (Ascii.IsValid(text)) return text;
        StringBuilder words = new();
        StringBuilder part = new();
        int octets = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > Longest) Flush();
            part.Append(rune.ToString());
            octets += rune.Utf8SequenceLength;
        }

        Flush();
        return words.ToString();

        void Flush()
        {
            if (words.Length > 0) words.Append(' ');
            words.Append("=?utf-8?B?").Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(part.ToString()))).Append("?=");
            part.Clear();
            octets = 0;
        }
    }
}
