using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>
/// Stores what became of claimed recipients. A message that is done with it is removed without being written once more: that is what
/// becomes of most.
/// </summary>
internal static class SqliteRecords
{
    public static void Store(SqlSession session, ImmutableArray<DeliveryRecord> records, DateTimeOffset now)
    {
        foreach (IGrouping<long, DeliveryRecord> ofMessage in records.GroupBy(r => QueueNumbers.MessageOfCopy(r.Key.CopyId))) Store(session, ofMessage.Key, ofMessage, now);
    }

    private static void Store(SqlSession session, long message, IEnumerable<DeliveryRecord> records, DateTimeOffset now)
    {
        Dictionary<RecipientKey, (string Channel, QueuedRecipient Before, QueuedRecipient After, DeliveryRecord Record)> changes = [];
        foreach (DeliveryRecord record in records)
        {
            // Only the first record of a recipient finds it claimed.
            if (!changes.ContainsKey(record.Key) && SqliteRows.Recipient(session, record.Key) is var (channel, before) && RecipientTransitions.Recorded(before, record, now) is { } after)
                changes.Add(record.Key, (channel, before, after, record));
        }

        if (changes.Count == 0) return;
        if (changes.Values.All(c => RecipientTransitions.IsDone(c.After)) && !HasMoreOpen(session, message, changes.Count))
        {
            SqliteRows.Remove(session, message);
            return;
        }

        foreach ((RecipientKey key, (string channel, QueuedRecipient before, QueuedRecipient after, DeliveryRecord record)) in changes)
        {
            SqliteRows.Update(session, key.CopyId, channel, before, after);
            SqliteHistory.Add(session, record, now);
        }
    }

    /// <summary>Whether something is left to do or owed for more than so many recipients; those that are recorded now still count.</summary>
    private static bool HasMoreOpen(SqlSession session, long message, int recipients)
    {
        using SqlRows rows = session.Query(
            "SELECT 1 FROM recipient WHERE copy BETWEEN $1 AND $2 AND (state < 3 OR state > 6 OR owed <> 0)", QueueNumbers.FirstCopy(message), QueueNumbers.LastCopy(message));
        while (recipients >= 0 && rows.Read()) recipients--;
        return recipients < 0;
    }
}
