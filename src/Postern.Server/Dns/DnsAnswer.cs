using System.Collections.Immutable;

namespace Postern.Server.Dns;

/// <summary>What the domain name system said. Three answers: records, no such name, cannot tell now.</summary>
public abstract record DnsAnswer<T>
{
    /// <param name="Records">empty: the name exists and has no records of this type.</param>
    public sealed record Found(ImmutableArray<T> Records) : DnsAnswer<T>;

    public sealed record NoSuchName : DnsAnswer<T>;

    /// <summary>Time-out, SERVFAIL, no server.</summary>
    public sealed record Trouble(string Reason) : DnsAnswer<T>;
}
