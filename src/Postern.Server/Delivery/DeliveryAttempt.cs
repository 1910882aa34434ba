using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery.Smtp;

namespace Postern.Server.Delivery;

/// <summary>What a delivery channel is given: the claimed recipients of one copy, the message and the rules in force.</summary>
/// <param name="Host">the next hop all recipients of this attempt share.</param>
/// <param name="OpenMessage">opens the message as it is to be delivered: our trace headers, then the content as received.</param>
public sealed record DeliveryAttempt(
    QueuedCopy Copy,
    string Host,
    ChannelDefinition Channel,
    ConfigurationSnapshot Snapshot,
    Func<CancellationToken, Task<Stream>> OpenMessage)
{
    /// <summary>Keeps a connection for the next attempt of the same job; null: none is kept.</summary>
    public KeptConnection? Kept { get; init; }
}
