using System.Collections.Immutable;

namespace Postern.Server.Delivery;

/// <summary>A way out of the queue.</summary>
public interface IDeliveryChannel
{
    /// <summary>
    /// Tries the recipients of one copy that share a next hop. Gives exactly one outcome per recipient, in their
    /// order; a broken network or disk is an outcome, not an exception.
    /// </summary>
    Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken);
}
