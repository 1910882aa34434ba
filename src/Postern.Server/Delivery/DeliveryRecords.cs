using System.Collections.Immutable;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Logs;

namespace Postern.Server.Delivery;

/// <summary>What the transaction log is told of queued mail: attempts, what came of them, and mail that the MTA makes itself.</summary>
internal static class DeliveryRecords
{
    /// <summary>The attempt for one recipient, as it was recorded in the queue.</summary>
    /// <param name="others">the outcomes of all recipients of the attempt.</param>
    public static TransactionRecord Of(
        QueuedCopy copy, QueuedRecipient recipient, RecipientOutcome outcome, DeliveryRecord record, ImmutableArray<RecipientOutcome> others, long generation, DateTimeOffset now)
    {
        TransactionRecord told = About(copy.Envelope, copy.Channel, copy.ReversePath, recipient, copy.Size, generation, now) with
        {
            QueueTime = (now - copy.Envelope.Received).TotalSeconds,
            Session = outcome.Hop?.Session,
            Tls = outcome.Hop?.Tls,
            Transport = outcome.Hop?.Transport,
            Application = outcome.Hop?.Application,
        };
        told = (outcome, record.Result) switch
        {
            (RecipientOutcome.Delivered done, _) => told with { Action = "D", Diagnostic = done.Reply, Remote = done.Remote?.RemoteHost },
            (RecipientOutcome.Held held, _) => told with { Action = "H", Reason = held.Reason },
            (RecipientOutcome.Deferred put, DeliveryResult.Deferred) => Faulty(told, put.Fault) with { Action = others.Any(o => o is not (RecipientOutcome.Deferred or RecipientOutcome.Untried)) ? "Z" : "Q" },
            (RecipientOutcome.Deferred late, _) => Faulty(told, late.Fault) with { Action = Failure(copy, recipient), Reason = "given up after the last notice age" },
            (RecipientOutcome.Failed failed, _) => Faulty(told, failed.Fault) with { Action = Failure(copy, recipient), Reason = failed.Fault.Text },
            _ => throw new InvalidOperationException($"unknown outcome {outcome.GetType().Name}"),
        };
        return told with { Action = told.Action + outcome.Hop?.Modifiers };
    }

    /// <summary>A delay was told to the sender.</summary>
    public static TransactionRecord Warned(PendingNotification about, QueuedRecipient recipient, long generation, DateTimeOffset now) =>
        About(about.Envelope, about.Channel, about.ReversePath, recipient, 0, generation, now) with
        {
            Action = "W",
            Diagnostic = recipient.LastReply,
            QueueTime = (now - about.Envelope.Received).TotalSeconds,
        };

    /// <summary>A message that the MTA itself made or made anew was queued: one record a recipient, for channels that log.</summary>
    public static IEnumerable<TransactionRecord> Enqueued(Envelope envelope, ImmutableArray<NewCopy> copies, long size, ConfigurationSnapshot snapshot, DateTimeOffset now)
    {
        foreach (NewCopy copy in copies)
        {
            if (snapshot.Channels.FindByName(new Policy.Channels.ChannelName(copy.Channel))?.Logging == false) continue;
            foreach (NewRecipient recipient in copy.Recipients.Where(r => r.Reached is null))
            {
                yield return new TransactionRecord(now, "E")
                {
                    Generation = snapshot.Version,
                    Source = envelope.SourceChannel,
                    Destination = copy.Channel,
                    Size = size,
                    From = copy.ReversePath,
                    OriginalTo = TransactionRecord.Typed(recipient.OriginalRecipient ?? recipient.Address),
                    To = recipient.Address,
                    QueueId = envelope.Id.ToString(),
                    ParentId = envelope.ParentId,
                    EnvelopeId = envelope.EnvelopeId,
                    Priority = envelope.Priority,
                    User = envelope.AuthenticatedUser,
                    Notify = TransactionRecord.NotifyText(recipient.Notify),
                    Reason = copy.HoldReason,
                };
            }
        }
    }

    public static TransactionRecord About(
        Envelope envelope, string channel, string reversePath, QueuedRecipient recipient, long size, long generation, DateTimeOffset now)
    {
        return new TransactionRecord(now, "")
        {
            Generation = generation,
            Source = channel,
            Size = size,
            From = reversePath,
            OriginalTo = TransactionRecord.Typed(recipient.OriginalRecipient ?? recipient.Address),
            To = recipient.Address,
            QueueId = envelope.Id.ToString(),
            ParentId = envelope.ParentId,
            EnvelopeId = envelope.EnvelopeId,
            Priority = envelope.Priority,
            User = envelope.AuthenticatedUser,
            Notify = TransactionRecord.NotifyText(recipient.Notify),
        };
    }

    private static TransactionRecord Faulty(TransactionRecord told, DeliveryFault fault) => told with
    {
        Size = fault.Phase == DeliveryPhase.Content ? told.Size : 0,
        Remote = fault.RemoteHost,
        Diagnostic = fault.ToString(),
    };

    /// <summary><c>R</c> where the sender is told, <c>K</c> where nobody is.</summary>
    public static string Failure(QueuedCopy copy, QueuedRecipient recipient) =>
        copy.ReversePath.Length > 0 && (recipient.Notify == DsnNotify.None || recipient.Notify.HasFlag(DsnNotify.Failure)) ? "R" : "K";
}
