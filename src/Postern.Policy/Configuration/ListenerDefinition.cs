using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>One service of dispatcher.cnf.</summary>
/// <param name="Channel">the initial channel of its sessions.</param>
/// <param name="Ports">0 lets the system choose.</param>
/// <param name="TlsPorts">TLS from the first octet (RFC 8314).</param>
/// <param name="InterfaceAddresses"><see cref="IPAddress.Any"/> is every address of both families.</param>
/// <param name="MaxConns">open connections in all; one more is answered 421.</param>
/// <param name="MaxConnsPerIp">the same for one client address; 0 is no limit.</param>
public sealed record ListenerDefinition(
    SourcePosition Position,
    string Service,
    ChannelName Channel,
    ImmutableArray<int> Ports,
    ImmutableArray<int> TlsPorts,
    ImmutableArray<IPAddress> InterfaceAddresses,
    int MaxConns = ListenerDefinition.DefaultMaxConns,
    int MaxConnsPerIp = ListenerDefinition.DefaultMaxConnsPerIp,
    int Backlog = ListenerDefinition.DefaultBacklog)
{
    public const int DefaultMaxConns = 1000;
    public const int DefaultMaxConnsPerIp = 50;
    public const int DefaultBacklog = 511;

    /// <summary>Open connections of one /24 or /64; 0 is no limit.</summary>
    public int MaxConnsPerNetwork { get; init; }

    /// <summary>New connections of one client address in a minute, as an average; 0 is no limit.</summary>
    public int ConnsPerMinutePerIp { get; init; }

    /// <summary>The peers that must, and alone may, name their client in a PROXY header; IPv4 where IPv4 can be written.</summary>
    public ImmutableArray<IPNetwork> Proxies { get; init; } = [];

    /// <param name="peer">IPv4-mapped addresses already reduced to IPv4.</param>
    public bool IsProxy(IPAddress peer)
    {
        foreach (IPNetwork network in Proxies)
        {
            if (network.Contains(peer)) return true;
        }

        return false;
    }
}
