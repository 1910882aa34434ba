using System.Collections.Immutable;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;
using Postern.Policy.Aliases;
using Postern.Policy.Channels;
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

    /// <summary>Whether a user of the directory has an address in the domain (<c>$V</c> of rewrite rules).</summary>
    /// <param name="domainKey">lower case, A-labels.</param>
    public bool IsLocalDomain(string domainKey) => Users.IsLocalDomain(domainKey);
}
