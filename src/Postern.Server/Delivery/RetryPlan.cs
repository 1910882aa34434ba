using Postern.Policy.Channels;
using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>Turns the outcome of an attempt into what the queue records: done, tried again at a time, or given up.</summary>
internal sealed class RetryPlan(ChannelDefinition channel, DateTimeOffset now)
{
    public DeliveryRecord Record(QueuedCopy copy, QueuedRecipient recipient, RecipientOutcome outcome)
    {
        RecipientKey key = new(copy.CopyId, recipient.Number);
        return outcome switch
        {
            RecipientOutcome.Delivered d => new DeliveryRecord(key, DeliveryResult.Delivered, default, d.Reply),
            RecipientOutcome.Failed f => new DeliveryRecord(key, DeliveryResult.Failed, default, Describe(f.Fault)),
            RecipientOutcome.Held h => new DeliveryRecord(key, DeliveryResult.Held, default, h.Reason),
            RecipientOutcome.Deferred d => Deferred(copy, recipient, key, d.Fault),
            _ => throw new InvalidOperationException($"unknown outcome {outcome.GetType().Name}"),
        };
    }

    private DeliveryRecord Deferred(QueuedCopy copy, QueuedRecipient recipient, RecipientKey key, DeliveryFault fault)
    {
        RetrySchedule schedule = new(
            channel.Backoff.IsDefaultOrEmpty ? RetrySchedule.NormalIntervals : channel.Backoff,
            channel.Notices.IsDefaultOrEmpty ? RetrySchedule.DefaultNotices : channel.Notices);

        // Ten percent either way, so that mail deferred together does not come back together.
        double jitter = (Random.Shared.NextDouble() * 0.2) - 0.1;
        return schedule.Next(recipient.Attempts + 1, copy.Envelope.Received, now, copy.ReversePath.Length == 0, jitter) is { } next
            ? new DeliveryRecord(key, DeliveryResult.Deferred, next, Describe(fault))
            : new DeliveryRecord(key, DeliveryResult.Failed, default, Describe(fault));
    }

    /// <summary>The words the queue keeps: <c>host: reply</c>; <see cref="LastReply"/> reads them back for the notification.</summary>
    private static string Describe(DeliveryFault fault) => new LastReply(fault.Status, fault.RemoteHost, fault.Reply ?? fault.Text).ToString();
}
