using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>
/// The transitions of docs/queue.md section 3 as pure functions, so that every store follows the same table. Each answers
/// the recipient as it is afterwards, or null when nothing changes.
/// </summary>
internal static class RecipientTransitions
{
    /// <summary>Claimed recipients only: a late or repeated record is harmless.</summary>
    public static QueuedRecipient? Recorded(QueuedRecipient recipient, DeliveryRecord record, DateTimeOffset now)
    {
        if (recipient.State != RecipientState.Claimed) return null;
        if (record.Result == DeliveryResult.GivenBack) return recipient with { State = RecipientState.Queued };
        QueuedRecipient attempted = recipient with { Attempts = recipient.Attempts + (record.IsAttempt ? 1 : 0), LastAttempt = now, NotificationOwed = false };
        return record.Result switch
        {
            DeliveryResult.Delivered => attempted with { State = RecipientState.Delivered, LastReply = record.Reply, NotificationOwed = record.InMailbox && recipient.Notify.HasFlag(DsnNotify.Success) },
            DeliveryResult.Relayed => attempted with { State = RecipientState.Relayed, LastReply = record.Reply, NotificationOwed = recipient.Notify.HasFlag(DsnNotify.Success) },
            DeliveryResult.Expanded => attempted with { State = RecipientState.Expanded, LastReply = record.Reply },
            DeliveryResult.Failed => Failed(attempted, record.Reply),
            DeliveryResult.Deferred => attempted with { State = RecipientState.Queued, Rank = recipient.Rank == QueueRank.First ? QueueRank.Normal : recipient.Rank, Next = record.Next.ToUniversalTime(), LastReply = record.Reply, NotificationOwed = recipient.NotificationOwed || Warns(recipient, record) },
            DeliveryResult.Held => attempted with { State = RecipientState.Held, HoldReason = record.Reply, Release = ReleaseMark.None },
            _ => throw new ArgumentException($"unknown result {record.Result}", nameof(record)),
        };
    }

    /// <param name="received">when the message was received: what is due since then is in front of what waits for a retry.</param>
    public static QueuedRecipient? Applied(QueuedRecipient recipient, OperatorAction action, DateTimeOffset received) => (action, recipient.State) switch
    {
        (OperatorAction.Hold hold, RecipientState.Queued) => recipient with { State = RecipientState.Held, HoldReason = hold.Reason, NotificationOwed = false, Release = ReleaseMark.None },
        (OperatorAction.Release release, RecipientState.Held) => recipient with
        {
            State = RecipientState.Queued,
            HoldReason = null,
            Next = received,
            Rank = QueueRank.First,
            Release = ReleaseMarks.Of(release),
        },
        (OperatorAction.Retry, RecipientState.Queued) => recipient with { Next = received },
        (OperatorAction.Return returned, RecipientState.Queued or RecipientState.Held) => Returned(recipient, returned),
        (OperatorAction.Delete, RecipientState.Queued or RecipientState.Held) => recipient with { State = RecipientState.Failed, HoldReason = null, NotificationOwed = false },
        (OperatorAction.Delete, >= RecipientState.Delivered) => Settled(recipient, ofWarning: false),
        _ => null,
    };

    /// <summary>INVARIANT: the debt of what became of a recipient is never struck by the warning that was under way then.</summary>
    public static QueuedRecipient? Settled(QueuedRecipient recipient, bool ofWarning) =>
        recipient.NotificationOwed && (recipient.State < RecipientState.Delivered) == ofWarning ? recipient with { NotificationOwed = false } : null;

    /// <summary>Nothing is left to do for this recipient and nothing is owed.</summary>
    public static bool IsDone(QueuedRecipient recipient) => recipient.State >= RecipientState.Delivered && !recipient.NotificationOwed;

    /// <summary>A recipient of a message that is being published.</summary>
    public static QueuedRecipient Published(NewRecipient recipient, int number, string? holdReason, QueueRank rank, DateTimeOffset now) => new(
        number,
        recipient.Address,
        recipient.Host.ToLowerInvariant(),
        recipient.OriginalRecipient,
        recipient.Notify,
        recipient.Checked,
        recipient.Reached ?? (holdReason is null ? RecipientState.Queued : RecipientState.Held),
        Attempts: 0,
        now.ToUniversalTime(),
        LastReply: null,
        LastAttempt: null,
        holdReason,
        NotificationOwed: recipient.Reached is not null,
        recipient.ShownAs)
    {
        Rank = rank,
    };

    /// <summary>Refuses what only a bug can ask for.</summary>
    /// <exception cref="ArgumentException">the envelope is of another message, or a recipient is nowhere to be found.</exception>
    public static void CheckPublication(IStagedMessage staged, Envelope envelope, ImmutableArray<NewCopy> copies)
    {
        if (envelope.Id != staged.Id) throw new ArgumentException("the envelope is of another message", nameof(envelope));
        if (copies.IsDefaultOrEmpty || copies.Any(c => c.Recipients.IsDefaultOrEmpty))
            throw new ArgumentException("a message needs a copy and every copy a recipient", nameof(copies));
    }

    private static bool Warns(QueuedRecipient recipient, DeliveryRecord record) =>
        record.Warns && (recipient.Notify == DsnNotify.None || recipient.Notify.HasFlag(DsnNotify.Delay));

    private static QueuedRecipient Returned(QueuedRecipient recipient, OperatorAction.Return action)
    {
        QueuedRecipient failed = Failed(recipient with { HoldReason = null }, action.Reply);
        return action.Silent ? failed with { NotificationOwed = false } : failed;
    }

    private static QueuedRecipient Failed(QueuedRecipient recipient, string reply) => recipient with
    {
        State = RecipientState.Failed,
        LastReply = reply,
        NotificationOwed = recipient.Notify == DsnNotify.None || recipient.Notify.HasFlag(DsnNotify.Failure),
    };
}
