namespace Postern.Queue;

/// <summary>One recipient's place in the queue.</summary>
/// <param name="Number">position in its copy, from 0; it never changes.</param>
/// <param name="Attempts">attempts before now: recorded ones, and those that a crash cut off.</param>
/// <param name="Next">when it falls due; of use only while queued.</param>
/// <param name="LastReply">words of the last recorded attempt; null before it.</param>
/// <param name="LastAttempt">when that was recorded.</param>
/// <param name="HoldReason">null unless held.</param>
/// <param name="NotificationOwed">failed, not final and late, or done with NOTIFY=SUCCESS, and the sender was not told yet.</param>
/// <param name="ShownAs">the address that notifications name instead; null for <paramref name="Address"/>.</param>
/// <param name="Release">kept until it is held again.</param>
public sealed record QueuedRecipient(
    int Number,
    string Address,
    string Host,
    string? OriginalRecipient,
    DsnNotify Notify,
    bool Checked,
    RecipientState State,
    int Attempts,
    DateTimeOffset Next,
    string? LastReply,
    DateTimeOffset? LastAttempt,
    string? HoldReason,
    bool NotificationOwed,
    string? ShownAs = null,
    ReleaseMark Release = ReleaseMark.None)
{
    /// <summary>Its place in the order of claims; of use only while queued.</summary>
    public QueueRank Rank { get; init; } = QueueRank.Normal;
}
