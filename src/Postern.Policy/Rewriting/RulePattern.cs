using System.Globalization;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

// pattern = [ tag "|" ] ( "$*" / "$%" / "$!" / "." / "[" literal-or-prefix "]" / *( "*." ) name / "." name / "*" *( ".*" ) )
//
// A pattern is never globbed: it matches when it equals a probe (see HostProbes). So all that is done here is to spell it as a
// probe would be: lower case, U-labels as A-labels, IPv6 groups without leading zeros.

/// <summary>The left side of a rule as the key under which probes find it (Administration Guide 6.3, 11.3).</summary>
internal static class RulePattern
{
    private const string SixTag = "[ipv6:";

    public static string KeyOf(string pattern)
    {
        string body = Body(pattern);
        return pattern[..^body.Length].ToLowerInvariant() + (Spelled(body) ?? body.ToLowerInvariant());
    }

    /// <summary>Whether some host has a probe that equals the pattern.</summary>
    public static bool CanMatch(string pattern) => Spelled(Body(pattern)) is not null;

    /// <summary>An IPv6 address that was probably meant as the prefix it looks like.</summary>
    public static bool LooksLikePrefix(string pattern) =>
        Body(pattern) is var body && body.StartsWith(SixTag, StringComparison.OrdinalIgnoreCase) && body.EndsWith("::]", StringComparison.Ordinal);

    private static string Body(string pattern) => pattern[(pattern.LastIndexOf('|') + 1)..];

    private static string? Spelled(string body) =>
        body is "$*" or "$%" or "$!" or "." or "[]" or "[*.*.*.*]" ? body : body.StartsWith('[') ? Literal(body) : Name(body);

    private static string? Name(string body)
    {
        int stars = 0;
        while (body.AsSpan(stars).StartsWith("*.")) stars += 2;
        string rest = body[stars..], before = body[..stars];
        if (rest == "*") return body;
        if (stars == 0 && rest.StartsWith('.')) (before, rest) = (".", rest[1..]);
        return HostText.Parse(rest) is MailDomain.Name name ? before + name.Key : null;
    }

    private static string? Literal(string body)
    {
        if (!body.EndsWith(']')) return null;
        if (HostText.Parse(body) is { } whole) return whole.Key.ToLowerInvariant();
        string inside = body[1..^1].ToLowerInvariant();
        return body.StartsWith(SixTag, StringComparison.OrdinalIgnoreCase) ? SixPrefix(inside[(SixTag.Length - 1)..]) : FourPrefix(inside);
    }

    private static string? FourPrefix(string inside)
    {
        string[] octets = inside.Split('.');
        if (octets is not [_, .. { Length: <= 2 }, ""]) return null;
        bool sound = octets[..^1].All(o => byte.TryParse(o, NumberStyles.None, CultureInfo.InvariantCulture, out byte value) && value.ToString(CultureInfo.InvariantCulture) == o);
        return sound ? $"[{inside}]" : null;
    }

    private static string? SixPrefix(string inside)
    {
        if (inside.Length == 0) return $"{SixTag}]";
        string[] groups = inside.Split(':');
        if (groups is not [_, .. { Length: <= 6 }, ""]) return null;
        for (int i = 0; i < groups.Length - 1; i++)
        {
            if (groups[i].Length is 0 or > 4 || !groups[i].All(char.IsAsciiHexDigit)) return null;
            groups[i] = groups[i].TrimStart('0') is { Length: > 0 } digits ? digits : "0";
        }

        return $"{SixTag}{string.Join(':', groups)}]";
    }
}
