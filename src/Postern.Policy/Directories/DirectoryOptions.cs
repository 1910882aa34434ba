using System.Collections.Immutable;

namespace Postern.Policy.Directories;

/// <summary>The options of option.dat about the LDAP directory.</summary>
public sealed record DirectoryOptions
{
    public static DirectoryOptions Default { get; } = new();

    /// <summary>In the order in which they are tried; none means there is no LDAP directory.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>For hosts written without one; null is 389, or 636 with TLS from the first octet.</summary>
    public int? Port { get; init; }

    public DirectoryTls Tls { get; init; }

    /// <summary>PEM file of the authorities that may vouch for the servers; null is the system's.</summary>
    public string? TlsAuthorities { get; init; }

    /// <summary>SHA-256 of the one certificate that is accepted, as upper-case hexadecimal digits; null: whatever the authorities vouch for.</summary>
    public string? TlsFingerprint { get; init; }

    /// <summary>Distinguished name that searches are made as; null is anonymous.</summary>
    public string? UserName { get; init; }

    public Secret? Password { get; init; }

    /// <summary>Base of the user and group entries.</summary>
    public string UserRoot { get; init; } = "";

    /// <summary>Base of the domain entries; null is <see cref="UserRoot"/>.</summary>
    public string? DomainRoot { get; init; }

    /// <summary>1: domains are a tree of <c>dc</c> entries; 2: domains are found by attribute.</summary>
    public int SchemaLevel { get; init; } = 2;

    /// <summary>Bit 0: a subdomain of a domain of the directory is one too; bit 1: its users are found under the domain's name as well.</summary>
    public int DomainUplevel { get; init; }

    /// <summary>The alias file is asked before this directory.</summary>
    public bool AfterAliases { get; init; }

    /// <summary>Mail for a domain that other hosts serve is routed to the first of them.</summary>
    public bool RouteToRoutingHost { get; init; }

    /// <summary>Object classes that make an entry a user: alternatives, each a set that must be complete.</summary>
    public ImmutableArray<string> UserClasses { get; init; } = ["inetMailUser", "inetLocalMailRecipient"];

    /// <summary>Object classes that make an entry a group; asked before those of users.</summary>
    public ImmutableArray<string> GroupClasses { get; init; } = ["inetMailGroup"];

    /// <summary>Attribute of users that names the channel <c>userswitchchannel</c> moves their transactions to; null is none.</summary>
    public string? SourceChannelAttribute { get; init; }

    /// <summary>The same of domains.</summary>
    public string? DomainSourceChannelAttribute { get; init; }

    /// <summary>Attribute of groups with the text that is put before the Subject; null is none.</summary>
    public string? TagAttribute { get; init; }

    /// <summary>What each value of <c>mailDeliveryOption</c> means.</summary>
    public DeliveryOptionTable DeliveryOptions { get; init; } = DeliveryOptionTable.Default;

    /// <summary>Finds the entry of someone who logs in: <c>%U</c> name, <c>%V</c> domain, <c>%o</c> both.</summary>
    public DirectoryFilter LoginFilter { get; init; } = new DirectoryFilter.Or([DirectoryFilter.Equal("uid", "%U"), DirectoryFilter.Equal("mail", "%o")]);

    /// <summary>For one search with everything it needs: connection, TLS, bind.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public int MaximumConnections { get; init; } = 4;

    /// <summary>Entries one search may give; more is a fault, never a shorter list.</summary>
    public int SizeLimit { get; init; } = 10_000;

    public TimeSpan CacheTime { get; init; } = TimeSpan.FromSeconds(300);

    /// <summary>For searches that found nothing.</summary>
    public TimeSpan NegativeCacheTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Searches whose answers are kept.</summary>
    public int CacheSize { get; init; } = 10_000;

    /// <summary>There is an LDAP directory.</summary>
    public bool IsConfigured => !Hosts.IsEmpty;

    /// <summary>The servers, with their ports.</summary>
    public ImmutableArray<DirectoryHost> Servers
    {
        get
        {
            int port = Port ?? (Tls == DirectoryTls.Implicit ? 636 : 389);
            return [.. Hosts.Select(h => HostOf(h, port)).OfType<DirectoryHost>()];
        }
    }

    /// <summary>Passwords may be sent: TLS protects them, or they do not leave this machine.</summary>
    public bool ProtectsPasswords => Tls != DirectoryTls.None || Servers.All(s => s.IsLoopback);

    /// <summary><c>host</c>, <c>host:port</c>, <c>[v6]</c> or <c>[v6]:port</c>; null when the text is none of them.</summary>
    internal static DirectoryHost? HostOf(string text, int defaultPort)
    {
        int colon = text.LastIndexOf(':');
        bool hasPort = colon > text.LastIndexOf(']') && text.IndexOf(':', StringComparison.Ordinal) == (text.StartsWith('[') ? text.IndexOf(':', StringComparison.Ordinal) : colon);
        string name = (hasPort ? text[..colon] : text).Trim('[', ']');
        int port = defaultPort;
        if (hasPort && (!int.TryParse(text.AsSpan(colon + 1), System.Globalization.NumberStyles.None, null, out port) || port is < 1 or > 65535)) return null;
        return Uri.CheckHostName(name) == UriHostNameType.Unknown ? null : new DirectoryHost(name, port);
    }
}
