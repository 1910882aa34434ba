using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery;

/// <summary>Turns the outcome of an attempt into what the queue records: done, tried again at a time, or given up.</summary>
/// <param name="local">the channel <c>l</c>, whose <c>notices</c> hold for channels without their own.</param>
/// <param name="random">0 &lt;= x &lt; 1; spreads retries.</param>
internal sealed class RetryPlan(ChannelDefinition channel, ChannelDefinition local, DateTimeOffset now, Func<double> random)
{
    /// <summary>"Delivery time expired" (RFC 3463 §3.5).</summary>
    public static readonly EnhancedCode Expired = new(4, 4, 7);

    public DeliveryRecord Record(QueuedCopy copy, QueuedRecipient recipient, RecipientOutcome outcome)
    {
        RecipientKey key = new(copy.CopyId, recipient.Number);
        return outcome switch
        {
            RecipientOutcome.Delivered d => new DeliveryRecord(key, DeliveryResult.Delivered, default, d.Reply),
            RecipientOutcome.Failed f => new DeliveryRecord(key, DeliveryResult.Failed, default, Words(f.Fault).ToString()),
            RecipientOutcome.Held h => new DeliveryRecord(key, DeliveryResult.Held, default, h.Reason),
            RecipientOutcome.Deferred d => Deferred(copy, recipient, key, d.Fault),
            _ => throw new InvalidOperationException($"unknown outcome {outcome.GetType().Name}"),
        };
    }

    private DeliveryRecord Deferred(QueuedCopy copy, QueuedRecipient recipient, RecipientKey key, DeliveryFault fault)
    {
        RetrySchedule schedule = new(
            FirstOf(channel.NormalBackoff, channel.Backoff, RetrySchedule.NormalIntervals),
            FirstOf(channel.NormalNotices, channel.Notices, local.NormalNotices, local.Notices, RetrySchedule.DefaultNotices));

        // Ten percent either way, so that mail deferred together does not come back together.
        double jitter = (random() * 0.2) - 0.1;
        return schedule.Next(recipient.Attempts + 1, copy.Envelope.Received, now, copy.ReversePath.Length == 0, jitter) is { } next
            ? new DeliveryRecord(key, DeliveryResult.Deferred, next, Words(fault).ToString())
            : new DeliveryRecord(key, DeliveryResult.Failed, default, (Words(fault) with { Status = Expired }).ToString());
    }

    /// <summary>The words the queue keeps; <see cref="LastReply"/> reads them back for the notification.</summary>
    private static LastReply Words(DeliveryFault fault) => new(fault.Status, fault.RemoteHost, fault.Reply ?? fault.Text);

    private static ImmutableArray<TimeSpan> FirstOf(params ReadOnlySpan<ImmutableArray<TimeSpan>> lists)
    {
        foreach (ImmutableArray<TimeSpan> list in lists)
        {
            if (!list.IsDefaultOrEmpty) return list;
        }

        return [];
    }
}
