using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery;

/// <summary>Turns the outcome of an attempt into what the queue records: done, tried again at a time, or given up.</summary>
/// <param name="random">0 &lt;= x &lt; 1; spreads retries.</param>
internal sealed class RetryPlan(ChannelDefinition channel, MessagePriority priority, DateTimeOffset now, Func<double> random)
{
    /// <summary>"Delivery time expired" (RFC 3463 §3.5).</summary>
    public static readonly EnhancedCode Expired = new(4, 4, 7);

    /// <summary>The channel's <c>backoff</c> and <c>notices</c> for mail of that priority, or the built-in ones.</summary>
    public static RetrySchedule ScheduleOf(ChannelDefinition channel, MessagePriority priority)
    {
        (ImmutableArray<TimeSpan> backoff, ImmutableArray<TimeSpan> otherwise, ImmutableArray<TimeSpan> notices) = priority switch
        {
            MessagePriority.Urgent => (channel.UrgentBackoff, RetrySchedule.UrgentIntervals, channel.UrgentNotices),
            MessagePriority.Nonurgent or MessagePriority.SecondClass => (channel.NonurgentBackoff, RetrySchedule.NonurgentIntervals, channel.NonurgentNotices),
            _ => (channel.NormalBackoff, RetrySchedule.NormalIntervals, channel.NormalNotices),
        };
        return new RetrySchedule(FirstOf(backoff, channel.Backoff, otherwise), FirstOf(notices, channel.Notices, RetrySchedule.DefaultNotices));
    }

    public DeliveryRecord Record(QueuedCopy copy, QueuedRecipient recipient, RecipientOutcome outcome)
    {
        RecipientKey key = new(copy.CopyId, recipient.Number);
        return outcome switch
        {
            RecipientOutcome.Delivered { Report: SuccessReport.Relayed } d => new DeliveryRecord(key, DeliveryResult.Relayed, default, d.Remote?.ToString() ?? d.Reply),
            RecipientOutcome.Delivered d => new DeliveryRecord(key, DeliveryResult.Delivered, default, d.Reply, InMailbox: d.Report == SuccessReport.Delivered),
            RecipientOutcome.Failed f => new DeliveryRecord(key, DeliveryResult.Failed, default, Words(f.Fault).ToString()),
            RecipientOutcome.Held h => new DeliveryRecord(key, DeliveryResult.Held, default, h.Reason),
            RecipientOutcome.Untried => new DeliveryRecord(key, DeliveryResult.GivenBack, default, ""),
            RecipientOutcome.Deferred d => Deferred(copy, recipient, key, d),
            _ => throw new InvalidOperationException($"unknown outcome {outcome.GetType().Name}"),
        };
    }

    private DeliveryRecord Deferred(QueuedCopy copy, QueuedRecipient recipient, RecipientKey key, RecipientOutcome.Deferred outcome)
    {
        RetrySchedule schedule = ScheduleOf(channel, priority);

        // Ten percent either way, so that mail deferred together does not come back together.
        double jitter = (random() * 0.2) - 0.1;
        string words = Words(outcome.Fault).ToString();
        return schedule.Next(recipient.Attempts + 1, copy.Envelope.Received, now, copy.ReversePath.Length == 0, jitter) is { } next
            ? new DeliveryRecord(
                key, DeliveryResult.Deferred, outcome.RetryAfter is { } after ? now + after : next, words, schedule.IsWarningDue(copy.Envelope.Received, recipient.LastAttempt, now))
            {
                IsAttempt = outcome.IsAttempt,
            }
            : new DeliveryRecord(key, DeliveryResult.Failed, default, (Words(outcome.Fault) with { Status = Expired }).ToString());
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
