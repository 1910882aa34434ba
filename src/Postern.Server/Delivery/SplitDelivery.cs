using System.Collections.Immutable;
using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>Two deliveries behind one channel: some recipients of an attempt go back to the MTA, the others the channel's own way.</summary>
/// <remarks>
/// The channel's own way may take minutes and is gone first; where the other then breaks off, only its recipients are put off: what was done for some is
/// recorded whatever happens to the rest.
/// </remarks>
/// <param name="goesBack">which recipients go to <paramref name="back"/>.</param>
public sealed class SplitDelivery(Func<QueuedRecipient, bool> goesBack, IDeliveryChannel back, IDeliveryChannel own) : IDeliveryChannel
{
    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        ImmutableArray<QueuedRecipient> recipients = attempt.Copy.Recipients;
        if (!recipients.Any(goesBack)) return await own.DeliverAsync(attempt, cancellationToken);
        if (recipients.All(goesBack)) return await back.DeliverAsync(attempt, cancellationToken);
        Queue<RecipientOutcome> ofOwn = new(await own.DeliverAsync(Part(attempt, r => !goesBack(r)), cancellationToken));
        Queue<RecipientOutcome> ofBack = new(await GoBackAsync(Part(attempt, goesBack), cancellationToken));
        return [.. recipients.Select(r => (goesBack(r) ? ofBack : ofOwn).Dequeue())];
    }

    private async Task<ImmutableArray<RecipientOutcome>> GoBackAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await back.DeliverAsync(attempt, cancellationToken);
        }
        catch (Exception e)
        {
            return [.. attempt.Copy.Recipients.Select(_ => new RecipientOutcome.Deferred(DeliveryFault.BrokeOff(e.Message), HostFault: false))];
        }
    }

    private static DeliveryAttempt Part(DeliveryAttempt attempt, Func<QueuedRecipient, bool> isMeant) =>
        attempt with { Copy = attempt.Copy with { Recipients = [.. attempt.Copy.Recipients.Where(isMeant)] } };
}
