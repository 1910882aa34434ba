using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Smtp.Session;

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
    public const string FileName = "dispatcher.cnf";
    public const int DefaultMaxConns = 1000;
    public const int DefaultMaxConnsPerIp = 50;
    public const int DefaultBacklog = 511;

    /// <summary>Open connections of one /24 or /64; 0 is no limit.</summary>
    public int MaxConnsPerNetwork { get; init; }

    /// <summary>New connections of one client address in a minute, as an average; 0 is no limit.</summary>
    public int ConnsPerMinutePerIp { get; init; }

    /// <summary>PEM file of the authorities whose client certificates are believed; null asks no client for one.</summary>
    public string? TlsClientAuthorities { get; init; }

    /// <summary>The peers that must, and alone may, name their client in a PROXY header; IPv4 where IPv4 can be written.</summary>
    public ImmutableArray<IPNetwork> Proxies { get; init; } = [];

    /// <summary>The peers whose XCLIENT is obeyed.</summary>
    public ImmutableArray<IPNetwork> XClientHosts { get; init; } = [];

    /// <summary>And its LOGIN, too.</summary>
    public bool XClientLogin { get; init; }

    /// <summary>The peers whose XFORWARD is obeyed.</summary>
    public ImmutableArray<IPNetwork> XForwardHosts { get; init; } = [];

    /// <param name="peer">IPv4-mapped addresses already reduced to IPv4.</param>
    public bool IsProxy(IPAddress peer) => Contain(Proxies, peer);

    /// <inheritdoc cref="IsProxy"/>
    public PeerRights RightsOf(IPAddress peer)
    {
        PeerRights client = Contain(XClientHosts, peer) ? XClientLogin ? PeerRights.Client | PeerRights.Login : PeerRights.Client : PeerRights.None;
        return Contain(XForwardHosts, peer) ? client | PeerRights.Forward : client;
    }

    private static bool Contain(ImmutableArray<IPNetwork> networks, IPAddress peer)
    {
        foreach (IPNetwork network in networks)
        {
            if (network.Contains(peer)) return true;
        }

        return false;
    }
}
