using System.Collections.Immutable;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;
using Postern.Policy.Aliases;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Directories;
using Postern.Policy.Rewriting;

namespace Postern.Policy.Configuration;

/// <summary>Everything from configuration, immutable. A transaction takes one and keeps it to its end.</summary>
public sealed record ConfigurationSnapshot
{
    /// <summary>The generation number.</summary>
    public required long Version { get; init; }

    public required string Directory { get; init; }

    public required PosternOptions Options { get; init; }

    public required ChannelTable Channels { get; init; }

    public required RewriteRules Rules { get; init; }

    public required MappingSet Mappings { get; init; }

    public required AliasTable Aliases { get; init; }

    /// <summary>Recipients and where they have moved; keys are case-blind.</summary>
    public ImmutableDictionary<string, string> ForwardTable { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Internal addresses and their public forms; keys are case-blind.</summary>
    public ImmutableDictionary<string, string> ReverseTable { get; init; } = ImmutableDictionary<string, string>.Empty;

    public required UserDirectory Users { get; init; }

    public required ImmutableArray<ListenerDefinition> Listeners { get; init; }

    /// <summary>Never empty; the first one is the default pool.</summary>
    public required ImmutableArray<JobPool> Pools { get; init; }

    /// <summary>The tables that the routine <c>throttle</c> counts in.</summary>
    public ImmutableArray<ThrottleDefinition> Throttles { get; init; } = [];

    /// <summary>The programs of the channel <c>pipe</c>.</summary>
    public ImmutableArray<ProgramDefinition> Programs { get; init; } = [];

    /// <summary>What notifications say, by language; "" is for everybody.</summary>
    public ImmutableDictionary<string, NotificationTexts> NotificationTexts { get; init; } =
        ImmutableDictionary.Create<string, NotificationTexts>(StringComparer.OrdinalIgnoreCase).Add("", Configuration.NotificationTexts.English);

    /// <summary>Certificates beside that of option.dat.</summary>
    public ImmutableArray<CertificateDefinition> Certificates { get; init; } = [];

    /// <summary>The domain of addresses written without one.</summary>
    public required string DefaultDomain { get; init; }

    /// <summary>The warnings of loading; errors leave no snapshot.</summary>
    public ImmutableArray<Diagnostic> Diagnostics { get; init; } = [];

    /// <summary>The pool of the channel's deliveries; the default pool when it names none.</summary>
    public JobPool PoolOf(ChannelDefinition channel)
    {
        foreach (JobPool pool in Pools)
        {
            if (pool.Name.Equals(channel.Pool, StringComparison.OrdinalIgnoreCase)) return pool;
        }

        return Pools[0];
    }

    /// <summary>Whether a user of the users file has an address in the domain.</summary>
    /// <param name="domainKey">lower case, A-labels.</param>
    public bool IsLocalDomain(string domainKey) => Users.IsLocalDomain(domainKey);

    /// <summary>Whether the domain is one of the users file or of the LDAP directory (<c>$V</c> of rewrite rules); null: cannot tell now.</summary>
    internal bool? IsLocalDomain(string domainKey, Inquiry inquiry) =>
        IsLocalDomain(domainKey) ? true : Recipients is { } directory ? directory.IsLocal(domainKey, inquiry) : false;

    /// <summary>The LDAP directory's users and groups; null without such a directory.</summary>
    internal RecipientLookup? Recipients => Options.Directory.IsConfigured ? new RecipientLookup(Options.Directory, IsOwnHost) : null;

    /// <summary>Whether a name is one that this MTA goes by.</summary>
    internal bool IsOwnHost(string host) => ChannelTable.KeyOf(host) is { } key && Channels.FindByHost(key)?.Name == Channels.Local.Name;
}
