using System.Collections.Immutable;
using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>
/// Channel <c>hold</c>: mail waits until an operator releases it, and is then rewritten and expanded anew, so that a user who
/// moved meanwhile gets it at the new place.
/// </summary>
public sealed class HoldDelivery(IDeliveryChannel reprocess) : IDeliveryChannel
{
    /// <summary>Why mail of this channel is held.</summary>
    public const string Reason = "hold channel";

    private readonly SplitDelivery _split = new(recipient => recipient.Release != ReleaseMark.None, reprocess, new HeldDelivery(Reason));

    public Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken) => _split.DeliverAsync(attempt, cancellationToken);
}
