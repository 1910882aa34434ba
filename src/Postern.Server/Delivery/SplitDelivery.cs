using System.Collections.Immutable;
using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>Two deliveries behind one channel: some recipients of an attempt go one way, the others the other.</summary>
/// <param name="isFirst">which recipients go to <paramref name="first"/>.</param>
public sealed class SplitDelivery(Func<QueuedRecipient, bool> isFirst, IDeliveryChannel first, IDeliveryChannel second) : IDeliveryChannel
{
    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        ImmutableArray<QueuedRecipient> recipients = attempt.Copy.Recipients;
        if (!recipients.Any(isFirst)) return await second.DeliverAsync(attempt, cancellationToken);
        if (recipients.All(isFirst)) return await first.DeliverAsync(attempt, cancellationToken);
        Queue<RecipientOutcome> ofFirst = new(await first.DeliverAsync(Part(attempt, isFirst), cancellationToken));
        Queue<RecipientOutcome> ofSecond = new(await second.DeliverAsync(Part(attempt, r => !isFirst(r)), cancellationToken));
        return [.. recipients.Select(r => (isFirst(r) ? ofFirst : ofSecond).Dequeue())];
    }

    private static DeliveryAttempt Part(DeliveryAttempt attempt, Func<QueuedRecipient, bool> isMeant) =>
        attempt with { Copy = attempt.Copy with { Recipients = [.. attempt.Copy.Recipients.Where(isMeant)] } };
}
