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

    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        ImmutableArray<QueuedRecipient> recipients = attempt.Copy.Recipients;
        RecipientOutcome[] outcomes = new RecipientOutcome[recipients.Length];
        Array.Fill(outcomes, new RecipientOutcome.Held(Reason));
        int[] released = [.. Enumerable.Range(0, recipients.Length).Where(i => recipients[i].Release != ReleaseMark.None)];
        if (released.Length == 0) return [.. outcomes];
        DeliveryAttempt anew = attempt with { Copy = attempt.Copy with { Recipients = [.. released.Select(i => recipients[i])] } };
        ImmutableArray<RecipientOutcome> after = await reprocess.DeliverAsync(anew, cancellationToken);
        for (int i = 0; i < released.Length; i++) outcomes[released[i]] = after[i];
        return [.. outcomes];
    }
}
