namespace Postern.Queue;

/// <summary>
/// Which rank a message has. Urgent mail goes first and nonurgent mail last, but only for an hour: a message that is older counts
/// as normal, so that neither a flood of urgent mail nor one of normal mail can starve the rest.
/// </summary>
public static class QueueRanks
{
    /// <summary>A message of at least this age counts as normal.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    public static QueueRank Of(MessagePriority priority, DateTimeOffset received, DateTimeOffset now) => priority switch
    {
        _ when IsOld(received, now) => QueueRank.Normal,
        MessagePriority.Urgent => QueueRank.Urgent,
        MessagePriority.Nonurgent => QueueRank.Nonurgent,
        MessagePriority.SecondClass => QueueRank.SecondClass,
        _ => QueueRank.Normal,
    };

    public static bool IsOld(DateTimeOffset received, DateTimeOffset now) => now - received >= Patience;

    /// <summary>Whether age will change it.</summary>
    public static bool Ages(QueueRank rank) => rank is QueueRank.Urgent or QueueRank.Nonurgent or QueueRank.SecondClass;
}
