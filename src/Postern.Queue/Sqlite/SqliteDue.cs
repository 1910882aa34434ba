namespace Postern.Queue;

/// <summary>What is due, and when something will be: a few seeks in the due index for each channel and rank, however much is queued.</summary>
internal static class SqliteDue
{
    private const string Busy =
        """
        WITH RECURSIVE busy(channel) AS (
            SELECT min(channel) FROM recipient WHERE state = 0
            UNION ALL
            SELECT (SELECT min(channel) FROM recipient WHERE state = 0 AND channel > busy.channel) FROM busy WHERE busy.channel IS NOT NULL),
        turn(rank) AS (VALUES (0), (1), (2), (3), (4))
        """;

    public static IReadOnlyList<DueChannel> Channels(SqlSession session, DateTimeOffset now)
    {
        using SqlRows rows = session.Query(
            $"""
            {Busy}
            SELECT channel, rank, (SELECT min(next) FROM recipient WHERE state = 0 AND channel = busy.channel AND rank = turn.rank) AS first
            FROM busy CROSS JOIN turn WHERE channel IS NOT NULL AND first <= $1
            ORDER BY rank, first, channel
            """,
            now.UtcTicks);
        List<DueChannel> due = [];
        while (rows.Read())
        {
            string channel = rows.GetString(0);
            if (!due.Exists(d => string.Equals(d.Name, channel, StringComparison.OrdinalIgnoreCase)))
                due.Add(new DueChannel(channel, (QueueRank)rows.GetInt32(1), SqliteRows.NearestTime(rows.GetInt64(2))));
        }

        return due;
    }

    public static DateTimeOffset? Next(SqlSession session, DateTimeOffset after) => session.Integer(
        $"""
        {Busy}
        SELECT min((SELECT min(next) FROM recipient WHERE state = 0 AND channel = busy.channel AND rank = turn.rank AND next > $1))
        FROM busy CROSS JOIN turn WHERE channel IS NOT NULL
        """,
        after.UtcTicks) is long ticks
        ? new DateTimeOffset(ticks, TimeSpan.Zero)
        : null;
}
