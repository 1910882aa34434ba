using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>The attempts on a message that did not succeed. Written with their record, gone with the message.</summary>
internal static class SqliteHistory
{
    public static void Add(SqlSession session, DeliveryRecord record, DateTimeOffset now)
    {
        if (!record.IsInHistory) return;
        session.Execute("INSERT OR REPLACE INTO attempt VALUES ($1, $2, $3, $4)", record.Key.CopyId, (long)record.Key.Number, now.UtcTicks, record.Reply);
        session.Execute(
            "DELETE FROM attempt WHERE copy = $1 AND number = $2 AND time < (SELECT time FROM attempt WHERE copy = $1 AND number = $2 ORDER BY time DESC LIMIT 1 OFFSET $3)",
            record.Key.CopyId,
            (long)record.Key.Number,
            (long)PastAttempt.Kept - 1);
    }

    public static void Remove(SqlSession session, long message) => session.Execute(
        "DELETE FROM attempt WHERE copy BETWEEN $1 AND $2", QueueNumbers.FirstCopy(message), QueueNumbers.LastCopy(message));

    /// <summary>By copy and recipient, the oldest first.</summary>
    public static IReadOnlyList<PastAttempt> Of(SqlSession session, long message)
    {
        using SqlRows rows = session.Query(
            "SELECT copy, number, time, reply FROM attempt WHERE copy BETWEEN $1 AND $2 ORDER BY copy, number, time", QueueNumbers.FirstCopy(message), QueueNumbers.LastCopy(message));
        ImmutableArray<PastAttempt>.Builder attempts = ImmutableArray.CreateBuilder<PastAttempt>();
        while (rows.Read()) attempts.Add(new PastAttempt(new RecipientKey(rows.GetInt64(0), rows.GetInt32(1)), SqliteRows.NearestTime(rows.GetInt64(2)), rows.GetString(3)));
        return attempts.ToImmutable();
    }
}
