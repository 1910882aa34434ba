using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>Delivers to one recipient on this machine: a mail delivery agent (RFC 5598 §4.3.3).</summary>
public interface IDeliveryAgent
{
    /// <param name="localPart">of the recipient's address, quotes removed; "" when that is no address.</param>
    /// <param name="trace">header lines that belong in front of the message.</param>
    /// <exception cref="IOException">nothing was delivered; it may be tried again. So for <see cref="UnauthorizedAccessException"/>.</exception>
    Task<RecipientOutcome> DeliverAsync(
        DeliveryAttempt attempt, QueuedRecipient recipient, string localPart, ReadOnlyMemory<byte> trace, CancellationToken cancellationToken);
}
