using System.Globalization;
using System.Text;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

// owner@d and ann@example.net give owner+ann=example.net@d. Everything in the member's address that is not plain atom text,
// and "=", "+", "%" within it, is written as %XX of its UTF-8 octets, so that the last "=" always parts local part and
// domain, the result never needs quotes, and decoding is exact. A dot is written so where a dot-atom cannot hold it.
// BUGS: the ancestor's encoding is not published; bounces to addresses it made are not understood.

/// <summary>Variable envelope return paths: the member's address inside the owner's subaddress.</summary>
public static class VerpAddress
{
    private const string PlainText = "!#$&'*-/?^_`{|}~.";

    /// <summary>Octets of a local part that other hosts may be trusted with; beyond it the member is not named.</summary>
    private const int LongestLocalPart = 250;

    /// <returns>the owner's plain address when the member does not fit into a local part.</returns>
    public static string Encode(Mailbox owner, Mailbox member)
    {
        string text = Escape(member.Local.Value) + (member.Domain is { } domain ? $"={Escape(domain.Key)}" : "");
        string local = $"{owner.Local.Value}+{text}";
        return local.Length > LongestLocalPart ? owner.ToString() : (owner with { Local = new LocalPart(local, WasQuoted: false) }).ToString();
    }

    /// <summary>The member that a bounce is about.</summary>
    /// <param name="bounced">the address the bounce came to.</param>
    /// <returns>null when it names no member.</returns>
    public static Mailbox? Decode(Mailbox bounced)
    {
        AliasKey.WithoutSubaddress(bounced.Local.Value, out string subaddress);
        if (subaddress.Length < 2) return null;
        int equals = subaddress.LastIndexOf('=');
        string local = Unescape(equals < 0 ? subaddress[1..] : subaddress[1..equals]);
        if (local.Length == 0) return null;
        string quoted = new LocalPart(local, WasQuoted: true).Text;
        string address = equals < 0 ? quoted : $"{quoted}@{Unescape(subaddress[(equals + 1)..])}";
        return AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox : null;
    }

    private static string Escape(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isDot = rune.Value == '.';
            bool fits = isDot
                ? escaped.Length > 0 && escaped[^1] != '.'
                : rune.IsAscii && (char.IsAsciiLetterOrDigit((char)rune.Value) || PlainText.Contains((char)rune.Value, StringComparison.Ordinal));
            if (fits)
            {
                escaped.Append(rune.ToString());
                continue;
            }

            foreach (byte octet in Encoding.UTF8.GetBytes(rune.ToString())) escaped.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }

        if (escaped.Length > 0 && escaped[^1] == '.') escaped.Remove(escaped.Length - 1, 1).Append("%2E");
        return escaped.ToString();
    }

    private static string Unescape(string text)
    {
        List<byte> octets = [];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
            {
                octets.Add(octet);
                i += 2;
            }
            else
            {
                octets.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, 1)));
            }
        }

        return Encoding.UTF8.GetString([.. octets]);
    }
}
