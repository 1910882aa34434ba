using System.Text;

namespace Postern.Smtp.Commands;

/// <summary>
/// The encoding of values that a parameter cannot hold as they are.
/// <code>
/// xtext   = *( xchar / hexchar )                              ; RFC 3461 §4
/// xchar   = any CHAR between "!" and "~" except "+" and "="
/// hexchar = "+" 2( DIGIT / "A" - "F" )
/// </code>
/// </summary>
public static class Xtext
{
    private const string HexDigits = "0123456789ABCDEF";

    /// <summary>INVARIANT: what comes out is printable US-ASCII, so no value can begin a line of its own wherever it is written.</summary>
    /// <returns>null for what is no xtext, and for text with control or 8-bit characters in it.</returns>
    public static string? Decode(string xtext)
    {
        StringBuilder text = new(xtext.Length);
        for (int i = 0; i < xtext.Length; i++)
        {
            char c = xtext[i];
            if (c == '+')
            {
                if (i + 2 >= xtext.Length || !char.IsAsciiHexDigitUpper(xtext[i + 1]) || !char.IsAsciiHexDigitUpper(xtext[i + 2])) return null;
                c = (char)((HexDigits.IndexOf(xtext[i + 1], StringComparison.Ordinal) * 16) + HexDigits.IndexOf(xtext[i + 2], StringComparison.Ordinal));
                i += 2;
                if (c is < ' ' or > '~') return null;
            }
            else if (c is < '!' or > '~' or '=')
            {
                return null;
            }

            text.Append(c);
        }

        return text.ToString();
    }

    /// <summary>The inverse of <see cref="Decode"/>.</summary>
    /// <exception cref="ArgumentException">the text is not printable US-ASCII.</exception>
    public static string Encode(string text)
    {
        StringBuilder xtext = new(text.Length);
        foreach (char c in text)
        {
            if (c is < ' ' or > '~') throw new ArgumentException("only printable US-ASCII can be written as xtext", nameof(text));
            if (c is ' ' or '+' or '=') xtext.Append('+').Append(HexDigits[c >> 4]).Append(HexDigits[c & 15]);
            else xtext.Append(c);
        }

        return xtext.ToString();
    }
}
