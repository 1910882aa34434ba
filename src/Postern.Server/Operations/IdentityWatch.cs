using System.Net;
using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

// IDEA. A machine has one name, and an office behind one address has few domains. If an internal address greets with the names of many
// domains, those are strangers: a NAT gateway or a port forwarder in user space shows its own address for theirs.
//
// Two names are related when their last two labels are the same; names of one label and address literals say nothing and do not count.
// COST. MostAddresses addresses with at most IDENTITY_LOSS_NAMES domains of LongestDomain characters each. The one not seen for the longest
// time is forgotten first, but none that has lost its status; counts begin anew after Memory. BUGS. Whoever greets with one domain is not found.

/// <summary>Finds internal addresses behind which strangers stand, by the names they greet with. Safe for concurrent use.</summary>
public sealed class IdentityWatch(TimeProvider time, Action<IPAddress, int> lost)
{
    private const int MostAddresses = 1024;
    private const int LongestDomain = 64;

    private static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, Seen> _byAddress = [];

    /// <summary>Whether the address has shown too many names lately.</summary>
    public bool IsSuspect(IPAddress client)
    {
        lock (_gate) return _byAddress.TryGetValue(client, out Seen? seen) && seen.IsSuspect && time.GetUtcNow() - seen.Since < Memory;
    }

    /// <summary>An internal client greeted with a name. Tells of an address once, when it becomes suspect.</summary>
    /// <returns>whether the address is suspect.</returns>
    public bool Note(IPAddress client, string name, PosternOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.IdentityLossNames == 0 || DomainOf(name) is not { } domain) return IsSuspect(client);
        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            if (!_byAddress.TryGetValue(client, out Seen? seen) || now - seen.Since >= Memory) seen = Remember(client, now);
            seen.Last = now;
            if (seen.IsSuspect) return true;
            seen.Domains.Add(domain);
            if (seen.Domains.Count < options.IdentityLossNames) return false;
            seen.IsSuspect = true;
        }

        lost(client, options.IdentityLossNames);
        return true;
    }

    private Seen Remember(IPAddress client, DateTimeOffset now)
    {
        if (_byAddress.Count >= MostAddresses && !_byAddress.ContainsKey(client))
            _byAddress.Remove(_byAddress.MinBy(e => (e.Value.IsSuspect && now - e.Value.Since < Memory, e.Value.Last)).Key);
        return _byAddress[client] = new Seen(now);
    }

    private static string? DomainOf(string name)
    {
        if (name.Contains('[', StringComparison.Ordinal)) return null;
        string[] labels = name.TrimEnd('.').ToLowerInvariant().Split('.');
        if (labels.Length < 2 || labels[^1].All(char.IsAsciiDigit)) return null;
        string domain = $"{labels[^2]}.{labels[^1]}";
        return domain.Length > LongestDomain ? domain[^LongestDomain..] : domain;
    }

    private sealed class Seen(DateTimeOffset since)
    {
        public DateTimeOffset Since { get; } = since;

        public DateTimeOffset Last { get; set; } = since;

        public HashSet<string> Domains { get; } = new(StringComparer.Ordinal);

        public bool IsSuspect { get; set; }
    }
}
