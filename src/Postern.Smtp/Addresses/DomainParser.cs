using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Smtp.Addresses;

/// <summary>
/// Reads what stands right of <c>@</c>: a name or an address literal.
/// </summary>
/// <remarks>
/// <code>
/// domain      = name / literal                                ; at most 255 octets
/// name        = label *( "." label ) [ "." ]
/// label       = 1*63( ALPHA / DIGIT / "-" / "_" / UTF8-non-ascii )
/// literal     = "[" ( IPv4 / "IPv6:" IPv6 / tag ":" content ) "]"   ; RFC 5321 §4.1.3
/// </code>
/// An IPv4-mapped IPv6 literal has the key of the IPv4 literal: both name one host, and policy must not see two.
/// </remarks>
internal static class DomainParser
{
    private const string LiteralTag = "IPv6:";

    /// <returns>null with a reason in <paramref name="fault"/>.</returns>
    public static MailDomain? Parse(ReadOnlySpan<char> text, out string fault)
    {
        if (text.EndsWith(".") && !text.StartsWith("[")) text = text[..^1];
        if (text.IsEmpty) return Refuse("empty domain", out fault);
        if (Encoding.UTF8.GetByteCount(text) > AddressParser.MaximumDomain)
            return Refuse($"domain longer than {AddressParser.MaximumDomain} octets", out fault);
        return text[0] switch
        {
            '[' => ParseLiteral(text, out fault),
            '#' => Refuse("decimal host number", out fault),
            _ => ParseName(text, out fault),
        };
    }

    private static MailDomain.Name? ParseName(ReadOnlySpan<char> text, out string fault)
    {
        if (IsPlain(text))
        {
            fault = "";
            string plain = text.ToString();
            return new MailDomain.Name(plain, plain);
        }

        StringBuilder key = new(text.Length);
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> label = text[range];
            if (label.IsEmpty) return Refuse<MailDomain.Name>("empty label in the domain", out fault);
            if (key.Length > 0) key.Append('.');
            if (DomainLabel.ToKey(label) is not { } labelKey)
                return Refuse<MailDomain.Name>($"bad label \"{label}\" in the domain", out fault);
            if (labelKey.Length > DomainLabel.MaximumLength)
                return Refuse<MailDomain.Name>($"label longer than {DomainLabel.MaximumLength} octets", out fault);
            key.Append(labelKey);
        }

        if (key.Length > AddressParser.MaximumDomain)
            return Refuse<MailDomain.Name>($"domain longer than {AddressParser.MaximumDomain} octets", out fault);
        fault = "";
        return new MailDomain.Name(text.ToString(), key.ToString());
    }

    /// <summary>The common case: lower-case ASCII, which is its own key.</summary>
    private static bool IsPlain(ReadOnlySpan<char> text)
    {
        int label = 0;
        foreach (char c in text)
        {
            if (c == '.' && label > 0) label = 0;
            else if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_') || ++label > DomainLabel.MaximumLength) return false;
        }

        return label > 0;
    }

    private static MailDomain? ParseLiteral(ReadOnlySpan<char> text, out string fault)
    {
        if (text[^1] != ']') return Refuse("address literal without end", out fault);
        ReadOnlySpan<char> inside = text[1..^1];
        if (inside.StartsWith(LiteralTag, StringComparison.OrdinalIgnoreCase))
            return TryIPv6(inside[LiteralTag.Length..], out IPAddress? six) ? Literal(text, six, out fault) : Refuse("bad IPv6 literal", out fault);
        int colon = inside.IndexOf(':');
        if (colon < 0) return TryIPv4(inside, out IPAddress? four) ? Literal(text, four, out fault) : Refuse("bad IPv4 literal", out fault);
        ReadOnlySpan<char> tag = inside[..colon];
        ReadOnlySpan<char> content = inside[(colon + 1)..];
        if (!IsTag(tag) || !IsContent(content)) return Refuse("bad address literal", out fault);
        fault = "";
        return new MailDomain.TaggedLiteral(
            text.ToString(), $"[{tag.ToString().ToLowerInvariant()}:{content}]", tag.ToString(), content.ToString());
    }

    private static MailDomain.Literal Literal(ReadOnlySpan<char> text, IPAddress address, out string fault)
    {
        fault = "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        string key = address.AddressFamily == AddressFamily.InterNetwork ? $"[{address}]" : $"[{LiteralTag}{address}]";
        return new MailDomain.Literal(text.ToString(), key, address);
    }

    private static bool TryIPv4(ReadOnlySpan<char> text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        Span<byte> octets = stackalloc byte[4];
        int count = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];

            // A leading zero means octal to some programs and nothing to others.
            if (count == 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0')) return false;
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out octets[count++])) return false;
        }

        if (count != 4) return false;
        address = new IPAddress(octets);
        return true;
    }

    private static bool TryIPv6(ReadOnlySpan<char> text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address)
    {
        address = null;

        // Zone ids, ports and brackets are more than RFC 5321 allows; the framework takes them.
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigit(c) && c is not (':' or '.')) return false;
        }

        int dotted = text.LastIndexOf(':') + 1;
        if (text.Contains('.') && !TryIPv4(text[dotted..], out _)) return false;
        return IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    private static bool IsTag(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[^1] == '-') return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        }

        return true;
    }

    private static bool IsContent(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return false;
        foreach (char c in text)
        {
            if (c is < '!' or > '~' or '[' or '\\' or ']') return false;
        }

        return true;
    }

    private static MailDomain? Refuse(string reason, out string fault) => Refuse<MailDomain>(reason, out fault);

    private static T? Refuse<T>(string reason, out string fault)
        where T : MailDomain
    {
        fault = reason;
        return null;
    }
}
