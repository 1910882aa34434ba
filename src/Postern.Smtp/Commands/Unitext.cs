using System.Globalization;
using System.Text;

namespace Postern.Smtp.Commands;

/// <summary>
/// The encoding of internationalised addresses in ORCPT and in reports.
/// <code>
/// unitext  = 1*( char / embedded )                            ; RFC 6533 §3
/// char     = any CHAR between "!" and "~" except "\" "+" "=", or UTF8-non-ascii where SMTPUTF8 is agreed upon
/// embedded = "\x{" 1*6HEXDIG "}"
/// </code>
/// </summary>
public static class Unitext
{
    private const string Open = @"\x{";

    /// <summary>INVARIANT: what comes out holds no control character, so no value can begin a line of its own wherever it is written.</summary>
    /// <param name="smtpUtf8">characters may stand for themselves.</param>
    /// <returns>null for what is no unitext.</returns>
    public static string? Decode(string unitext, bool smtpUtf8)
    {
        StringBuilder text = new(unitext.Length);
        for (int i = 0; i < unitext.Length; i++)
        {
            char c = unitext[i];
            if (c == '\\')
            {
                int end = unitext.IndexOf('}', i);
                if (end < 0 || !unitext.AsSpan(i).StartsWith(Open) || !TryRune(unitext.AsSpan(i + Open.Length, end - i - Open.Length), out Rune rune)) return null;
                text.Append(rune.ToString());
                i = end;
            }
            else if (c is < '!' or '+' or '=' or '\x7F' || char.IsControl(c) || (c > '~' && !smtpUtf8))
            {
                return null;
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    /// <summary>The inverse of <see cref="Decode"/>.</summary>
    /// <exception cref="ArgumentException">the text holds control characters.</exception>
    public static string Encode(string text, bool smtpUtf8)
    {
        StringBuilder unitext = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune)) throw new ArgumentException("control characters cannot be written as unitext", nameof(text));
            bool isPlain = rune.IsAscii ? rune.Value is not (' ' or '+' or '=' or '\\') : smtpUtf8;
            if (isPlain) unitext.Append(rune.ToString());
            else unitext.Append(CultureInfo.InvariantCulture, $"{Open}{rune.Value:X2}}}");
        }

        return unitext.ToString();
    }

    private static bool TryRune(ReadOnlySpan<char> hex, out Rune rune)
    {
        rune = default;
        return hex.Length is > 0 and <= 6
            && int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value)
            && Rune.TryCreate(value, out rune)
            && !Rune.IsControl(rune);
    }
}
