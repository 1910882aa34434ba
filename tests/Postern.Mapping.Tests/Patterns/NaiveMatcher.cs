using System.Globalization;
using System.Net;
using System.Numerics;
using Postern.Mapping.Patterns;

namespace Postern.Mapping.Tests.Patterns;

/// <summary>
/// The definition of matching written down as directly as possible: every element tries every length in its order of preference,
/// from the left. No memo, no limit, and addresses are read by the framework.
/// </summary>
internal static class NaiveMatcher
{
    /// <summary>The first ten saved fields, or null when the pattern does not match the whole text.</summary>
    public static string[]? Match(Pattern pattern, string text)
    {
        List<Range> fields = [];
        return Match(pattern, 0, text, 0, fields) ? [.. fields.Take(PatternMatch.MaxFields).Select(f => text[f])] : null;
    }

    private static bool Match(Pattern pattern, int element, string text, int start, List<Range> fields)
    {
        if (element == pattern.Elements.Length)
            return start == text.Length;

        bool lazy = pattern.Elements[element] is PatternElement.Many { Lazy: true };
        int longest = text.Length - start;
        for (int i = 0; i <= longest; i++)
        {
            int end = start + (lazy ? i : longest - i);
            if (!Takes(pattern.Elements[element], text, start, end, fields))
                continue;

            bool saved = pattern.Elements[element].Saved;
            if (saved)
                fields.Add(start..end);

            if (Match(pattern, element + 1, text, end, fields))
                return true;

            if (saved)
                fields.RemoveAt(fields.Count - 1);
        }

        return false;
    }

    private static bool Takes(PatternElement element, string text, int start, int end, List<Range> fields)
    {
        ReadOnlySpan<char> piece = text.AsSpan(start, end - start);
        switch (element)
        {
            case PatternElement.Literal literal:
                return Same(piece, literal.Text);
            case PatternElement.BackMatch back:
                return Same(piece, text.AsSpan(fields[back.Field]));
            case PatternElement.One one:
                return piece.Length == 1 && one.Set.Contains(piece[0]);
            case PatternElement.Many many:
                foreach (char c in piece)
                {
                    if (!many.Set.Contains(c))
                        return false;
                }

                return true;
            case PatternElement.Network4 network:
                return IsLongest("0123456789.", text, start, end) && IsIn4(network, piece.ToString());
            case PatternElement.Network6 network:
                return IsLongest("0123456789abcdefABCDEF.:", text, start, end) && IsIn6(network, piece.ToString());
            default:
                throw new NotSupportedException(element.ToString());
        }
    }

    private static bool IsLongest(string characters, string text, int start, int end) =>
        text.AsSpan(start, end - start).IndexOfAnyExcept(characters) < 0 && (end == text.Length || !characters.Contains(text[end], StringComparison.Ordinal));

    private static bool IsIn4(PatternElement.Network4 network, string text)
    {
        string[] numbers = text.Split('.');
        if (numbers.Length != 4 || !numbers.All(n => n.Length is > 0 and < 4 && (n == "0" || n[0] != '0') && int.Parse(n, CultureInfo.InvariantCulture) < 256))
            return false;

        uint address = numbers.Aggregate(0u, (sum, n) => (sum * 256) + uint.Parse(n, CultureInfo.InvariantCulture));
        return (address & network.Mask) == network.Network;
    }

    private static bool IsIn6(PatternElement.Network6 network, string text)
    {
        if (!text.Contains(':', StringComparison.Ordinal) || !IPAddress.TryParse(text, out IPAddress? address))
            return false;

        BigInteger value = new(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
        return ((UInt128)value & network.Mask) == network.Network;
    }

    // Case-blind for A-Z and nothing else.
    private static bool Same(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        for (int i = 0; i < a.Length && i < b.Length; i++)
        {
            if (a[i] != b[i] && (!char.IsAsciiLetter(a[i]) || !char.IsAsciiLetter(b[i]) || char.ToUpperInvariant(a[i]) != char.ToUpperInvariant(b[i])))
                return false;
        }

        return a.Length == b.Length;
    }
}
