using System.Net;
using Postern.Policy.Channels;
using Postern.Smtp.Session;

namespace Postern.Policy.Access;

/// <summary>
/// What is known of a connection when it is accepted. IPv4-mapped IPv6 addresses have already been reduced to IPv4.
/// </summary>
/// <param name="Client">null when mail does not come by TCP (tests, pipes).</param>
/// <param name="Service">the service name of dispatcher.cnf; it names the initial channel.</param>
public sealed record ClientConnection(IPAddress? Client, int ClientPort, IPAddress? Server, int ServerPort, string Service)
{
    /// <summary>What reverse DNS says of the client; null when it was not asked or knows no name.</summary>
    public ClientName? Name { get; init; }

    /// <summary>
    /// The client is a proxy that names nobody it speaks for (PROXY protocol, <c>LOCAL</c> and <c>UNKNOWN</c>), or only
    /// itself. INVARIANT: its address chooses no channel, for strangers may stand behind it.
    /// </summary>
    public bool IsProxy { get; init; }

    /// <summary>
    /// Strangers seem to come from this address. INVARIANT: it chooses no channel (IDENTITY_LOSS_ACTION).
    /// </summary>
    public bool IsSuspect { get; init; }

    /// <summary>What the peer may say of clients behind it.</summary>
    public PeerRights Rights { get; init; }

    /// <summary>The PORT_ACCESS probe; also the port-info of later probes. "" without TCP.</summary>
    /// <remarks>Made anew each time: what is kept in a record goes with it into a copy with another client.</remarks>
    public string PortInformation => Client is null ? "" : $"TCP|{Server}|{ServerPort}|{Client}|{ClientPort}";

    /// <summary>
    /// The connection as that of the client for which its peer speaks. INVARIANT: a peer lends nobody its own standing. Where it
    /// names no client, or itself, or a loopback address that is not of this machine, the connection is the peer's and its
    /// address chooses no channel; and what the peer might say, its client may not.
    /// </summary>
    public ClientConnection SpeakingFor(IPAddress? client, int port)
    {
        bool namesAnother = client is not null && !client.Equals(Client) && (!IPAddress.IsLoopback(client) || (Client is not null && IPAddress.IsLoopback(Client)));
        ClientConnection connection = this with { Rights = PeerRights.None, Name = null, IsSuspect = false };
        return namesAnother ? connection with { Client = client, ClientPort = port } : connection with { IsProxy = true };
    }

    /// <summary>What a Received: field of the channel's mail shows of the client (<c>ident…</c>, <c>forwardcheck…</c>).</summary>
    /// <returns>never neither of them when there is a client: a name that is not known leaves the address.</returns>
    public (string? Name, IPAddress? Address) ShownBy(ChannelDefinition? channel)
    {
        if (channel is null || channel.ClientDisplay == ClientDisplay.Address) return (null, Client);
        string? name = Name?.ShownWith(channel.ForwardCheck);
        return name is not null && channel.ClientDisplay == ClientDisplay.Name ? (name, null) : (name, Client);
    }
}
