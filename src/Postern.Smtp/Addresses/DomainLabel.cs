using System.Globalization;
using System.Text;

namespace Postern.Smtp.Addresses;

/// <summary>
/// Turns one label of a domain name into the form it is compared by: lower-case ASCII, a U-label as its A-label
/// (RFC 5890, Punycode of RFC 3492).
/// </summary>
/// <remarks>
/// UTS 46 maps a label (lower case, normal form KC) before it is encoded. The product runs without a Unicode library,
/// so here lower case is mapped and normalisation is not: a label that normalisation might change is refused instead, and
/// two spellings of one label can never get two keys by way of a composed or compatibility character.
/// BUGS: letters outside the basic plane are refused, CJK extension B excepted; the order of two combining marks on one
/// letter is taken as it comes; joiners (U+200C, U+200D) and the Bidi rule of RFC 5893 are not supported or checked.
/// </remarks>
internal static class DomainLabel
{
    /// <summary>Octets of a label (RFC 1035 §2.3.4), counted on the A-label.</summary>
    public const int MaximumLength = 63;

    /// <summary>
    /// First and last of each range that form KC changes or composes with the character before it (Unicode 14, generous
    /// where a whole block is of that kind).
    /// </summary>
    private static ReadOnlySpan<ushort> Unnormalised =>
    [
        0x00AA, 0x00AA, 0x00B5, 0x00B5, 0x00BA, 0x00BA, 0x0130, 0x0130, 0x0132, 0x0133, 0x013F, 0x0140,
        0x0149, 0x0149, 0x017F, 0x017F, 0x01C4, 0x01CC, 0x01F1, 0x01F3, 0x02B0, 0x036F, 0x0374, 0x0374,
        0x037A, 0x037A, 0x03D0, 0x03D6, 0x03F0, 0x03F2, 0x03F5, 0x03F5, 0x03F9, 0x03F9, 0x0587, 0x0587,
        0x0653, 0x0655, 0x0675, 0x0678, 0x093C, 0x093C, 0x0958, 0x095F, 0x09BE, 0x09BE, 0x09D7, 0x09D7,
        0x09DC, 0x09DD, 0x09DF, 0x09DF, 0x0A33, 0x0A33, 0x0A36, 0x0A36, 0x0A59, 0x0A5B, 0x0A5E, 0x0A5E,
        0x0B3E, 0x0B3E, 0x0B56, 0x0B57, 0x0B5C, 0x0B5D, 0x0BBE, 0x0BBE, 0x0BD7, 0x0BD7, 0x0C56, 0x0C56,
        0x0CC2, 0x0CC2, 0x0CD5, 0x0CD6, 0x0D3E, 0x0D3E, 0x0D57, 0x0D57, 0x0DCA, 0x0DCA, 0x0DCF, 0x0DCF,
        0x0DDF, 0x0DDF, 0x0E33, 0x0E33, 0x0EB3, 0x0EB3, 0x0EDC, 0x0EDD, 0x0F43, 0x0F43, 0x0F4D, 0x0F4D,
        0x0F52, 0x0F52, 0x0F57, 0x0F57, 0x0F5C, 0x0F5C, 0x0F69, 0x0F69, 0x0F73, 0x0F73, 0x0F75, 0x0F79,
        0x0F81, 0x0F81, 0x0F93, 0x0F93, 0x0F9D, 0x0F9D, 0x0FA2, 0x0FA2, 0x0FA7, 0x0FA7, 0x0FAC, 0x0FAC,
        0x0FB9, 0x0FB9, 0x102E, 0x102E, 0x10FC, 0x10FC, 0x1100, 0x11FF, 0x1B35, 0x1B35, 0x1D00, 0x1DBF,
        0x1E9A, 0x1E9B, 0x1F00, 0x2BFF, 0x2C7C, 0x2C7D, 0x2D6F, 0x2D6F, 0x3099, 0x309A, 0x309F, 0x309F,
        0x30FF, 0x30FF, 0x3131, 0x318E, 0xA69C, 0xA69D, 0xA770, 0xA770, 0xA7F2, 0xA7F9, 0xAB5C, 0xAB69,
        0xF900, 0xFFFF,
    ];

    /// <returns>null when the label holds something else than letters, digits, <c>-</c> and <c>_</c>.</returns>
    public static string? ToKey(ReadOnlySpan<char> label)
    {
        if (Ascii.IsValid(label))
        {
            foreach (char c in label)
            {
                if (!IsAsciiLabelCharacter(c)) return null;
            }

            return label.ToString().ToLowerInvariant();
        }

        List<int> codePoints = new(label.Length);
        foreach (Rune rune in label.EnumerateRunes())
        {
            Rune lower = Rune.ToLowerInvariant(rune);
            if (lower.IsAscii ? !IsAsciiLabelCharacter((char)lower.Value) : !IsLetter(lower, first: codePoints.Count == 0)) return null;
            codePoints.Add(lower.Value);
        }

        return "xn--" + Punycode.Encode(codePoints);
    }

    private static bool IsAsciiLabelCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';

    private static bool IsLetter(Rune rune, bool first)
    {
        bool allowed = Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter => true,
            UnicodeCategory.ModifierLetter or UnicodeCategory.DecimalDigitNumber => true,
            UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => !first,
            _ => false,
        };
        return allowed && (rune.IsBmp ? !IsUnnormalised((ushort)rune.Value) : rune.Value is >= 0x20000 and < 0x2A6E0);
    }

    private static bool IsUnnormalised(ushort value)
    {
        int index = Unnormalised.BinarySearch(value);

        // Ranges are pairs: between a first (even) and a last (odd) means inside.
        return index >= 0 || (~index & 1) == 1;
    }
}
