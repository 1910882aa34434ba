using System.Collections.Immutable;

namespace Postern.Server.Delivery;

/// <summary>
/// A channel nothing leaves: it only receives mail, or this release has no delivery program for it. The
/// mail waits, visible to <c>postern queue list</c>, until an operator acts; it is never lost and never guessed at.
/// </summary>
public sealed class HeldDelivery(string reason) : IDeliveryChannel
{
    public Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<RecipientOutcome>>([.. attempt.Copy.Recipients.Select(_ => new RecipientOutcome.Held(reason))]);
}
