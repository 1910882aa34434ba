using System.Collections.Immutable;
using Postern.Policy.Directories;

namespace Postern.Policy.Configuration;

// Names are those of the ancestor's direct LDAP options where it has them (Administration Guide 6.3, "MTA options"); TLS and the
// cache are ours. A value that is refused is quoted in a message, so LDAP_PASSWORD takes every value.

/// <summary>The options of option.dat about the LDAP directory.</summary>
internal static class DirectoryOptionTable
{
    public static ImmutableArray<PosternOption> All { get; } =
    [
        Option("LDAP_HOST", "hosts with or without :port, separated by blanks or commas", (o, s) => Hosts(s.Value) is { } hosts ? o with { Hosts = hosts } : null),
        Number("LDAP_PORT", 1, 65535, (o, n) => o with { Port = (int)n }),
        Option("LDAP_TLS", "none, starttls or implicit", (o, s) => s.Value.ToLowerInvariant() switch
        {
            "none" => o with { Tls = DirectoryTls.None },
            "starttls" => o with { Tls = DirectoryTls.StartTls },
            "implicit" or "ldaps" => o with { Tls = DirectoryTls.Implicit },
            _ => null,
        }),
        Text("LDAP_TLS_CA_FILE", "a path", (o, text) => o with { TlsAuthorities = text }),
        Option("LDAP_TLS_FINGERPRINT", "the SHA-256 of a certificate in hexadecimal", (o, s) => Fingerprint(s.Value) is { } digits ? o with { TlsFingerprint = digits } : null),
        Text("LDAP_USERNAME", "a distinguished name", (o, text) => o with { UserName = text }),
        Option("LDAP_PASSWORD", "a password", (o, s) => o with { Password = s.Value.Length == 0 ? null : new Secret(s.Value) }),
        Text("LDAP_USER_ROOT", "a distinguished name", (o, text) => o with { UserRoot = text }),
        Text("LDAP_DOMAIN_ROOT", "a distinguished name", (o, text) => o with { DomainRoot = text }),
        Number("LDAP_SCHEMALEVEL", 1, 2, (o, n) => o with { SchemaLevel = (int)n }),
        Number("DOMAIN_UPLEVEL", 0, 3, (o, n) => o with { DomainUplevel = (int)n }),
        Option("ALIAS_SOURCES", "ldap and aliasfile, in the order wanted", (o, s) => s.Value.ToLowerInvariant().Split([' ', ','], StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["ldap", "aliasfile"] => o with { AfterAliases = false },
            ["aliasfile", "ldap"] => o with { AfterAliases = true },
            _ => null,
        }),
        Option("ROUTE_TO_ROUTING_HOST", "0 or 1", (o, s) => s.AsSwitch() is { } on ? o with { RouteToRoutingHost = on } : null),
        Option("LDAP_USER_OBJECT_CLASSES", "object classes, separated by commas", (o, s) => Classes(s.Value) is { } classes ? o with { UserClasses = classes } : null),
        Option("LDAP_GROUP_OBJECT_CLASSES", "object classes, separated by commas", (o, s) => Classes(s.Value) is { } classes ? o with { GroupClasses = classes } : null),
        Attribute("LDAP_SOURCE_CHANNEL", (o, name) => o with { SourceChannelAttribute = name }),
        Attribute("LDAP_DOMAIN_ATTR_SOURCE_CHANNEL", (o, name) => o with { DomainSourceChannelAttribute = name }),
        Attribute("LDAP_ADD_TAG", (o, name) => o with { TagAttribute = name }),
        Option("DELIVERY_OPTIONS", "delivery clauses such as *mailbox=$M@ims-ms-daemon", (o, s) => DeliveryOptionTable.Parse(s.Value, out _) is { } table ? o with { DeliveryOptions = table } : null),
        Option("LDAP_LOGIN_FILTER", "an LDAP filter", (o, s) => DirectoryFilterParser.Parse(s.Value, out _) is { } filter ? o with { LoginFilter = filter } : null),
        Number("LDAP_TIMEOUT", 10, 6000, (o, n) => o with { Timeout = TimeSpan.FromMilliseconds(10 * n) }),
        Number("LDAP_MAX_CONNECTIONS", 1, 100, (o, n) => o with { MaximumConnections = (int)n }),
        Number("LDAP_SIZE_LIMIT", 1, 1_000_000, (o, n) => o with { SizeLimit = (int)n }),
        Number("LDAP_CACHE_TTL", 0, 86_400, (o, n) => o with { CacheTime = TimeSpan.FromSeconds(n) }),
        Number("LDAP_CACHE_NEGATIVE_TTL", 0, 86_400, (o, n) => o with { NegativeCacheTime = TimeSpan.FromSeconds(n) }),
        Number("LDAP_CACHE_SIZE", 0, 10_000_000, (o, n) => o with { CacheSize = (int)n }),
    ];

    private static PosternOption Option(string name, string value, Func<DirectoryOptions, Setting, DirectoryOptions?> set) =>
        new(name, value, (o, s) => set(o.Directory, s) is { } directory ? o with { Directory = directory } : null);

    private static PosternOption Number(string name, long least, long most, Func<DirectoryOptions, long, DirectoryOptions> set) =>
        Option(name, $"a number from {least} to {most}", (o, s) => s.AsNumber(least, most) is { } n ? set(o, n) : null);

    private static PosternOption Attribute(string name, Func<DirectoryOptions, string, DirectoryOptions> set) =>
        Option(name, "the name of an attribute", (o, s) => DirectoryFilterParser.IsDescription(s.Value) ? set(o, s.Value) : null);

    private static PosternOption Text(string name, string value, Func<DirectoryOptions, string, DirectoryOptions> set) =>
        Option(name, value, (o, s) => s.Value.Length > 0 && !s.Value.Any(char.IsControl) ? set(o, s.Value) : null);

    private static ImmutableArray<string>? Hosts(string list)
    {
        ImmutableArray<string> hosts = [.. list.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries)];
        return hosts.All(h => DirectoryOptions.HostOf(h, 389) is not null) ? hosts : null;
    }

    private static ImmutableArray<string>? Classes(string list)
    {
        ImmutableArray<string> classes = [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        return !classes.IsEmpty && classes.All(c => c.Split('+').All(part => DirectoryFilterParser.IsDescription(part))) ? classes : null;
    }

    private static string? Fingerprint(string text)
    {
        string digits = text.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant();
        return digits.Length == 64 && digits.All(char.IsAsciiHexDigit) ? digits : null;
    }
}
