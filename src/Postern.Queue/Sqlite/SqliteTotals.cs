namespace Postern.Queue;

/// <summary>Reads the totals that <see cref="SqliteTotalsLedger"/> keeps: one row for each channel and next hop in use, however long the queue is.</summary>
internal static class SqliteTotals
{
    public static IReadOnlyList<ChannelTotal> Channels(SqlSession session)
    {
        List<ChannelTotal> totals = [];
        using SqlRows rows = session.Query(
            """
            SELECT t.channel, t.copies, t.octets,
                   (SELECT m.received FROM recipient r INDEXED BY recipient_channel CROSS JOIN message m ON m.num = r.copy / 65536
                    WHERE r.channel = t.channel ORDER BY r.copy, r.number LIMIT 1),
                   sum(h.active), sum(h.delayed), sum(h.claimed), sum(h.held), sum(h.done)
            FROM channel_total t JOIN host_total h ON h.channel = t.channel
            GROUP BY t.channel ORDER BY t.channel
            """);
        while (rows.Read())
            totals.Add(new ChannelTotal(rows.GetString(0), rows.GetInt64(1), rows.GetInt64(2), Counts(rows, 4), SqliteRows.NearestTime(rows.GetInt64(3))));
        return totals;
    }

    public static IReadOnlyList<HostTotal> Hosts(SqlSession session, string? channel, int limit)
    {
        List<HostTotal> totals = [];
        using SqlRows rows = session.Query(
            """
            SELECT channel, host,
                   (SELECT m.received FROM recipient r INDEXED BY recipient_host CROSS JOIN message m ON m.num = r.copy / 65536
                    WHERE r.host = h.host ORDER BY r.copy, r.number LIMIT 1),
                   active, delayed, claimed, held, done
            FROM host_total h WHERE $1 IS NULL OR channel = $1
            ORDER BY active + delayed + claimed + held DESC, channel, host LIMIT $2
            """,
            channel,
            (long)Math.Max(limit, 0));
        while (rows.Read()) totals.Add(new HostTotal(rows.GetString(0), rows.GetString(1), Counts(rows, 3), SqliteRows.NearestTime(rows.GetInt64(2))));
        return totals;
    }

    private static RecipientCounts Counts(SqlRows row, int first) =>
        new(row.GetInt64(first), row.GetInt64(first + 1), row.GetInt64(first + 2), row.GetInt64(first + 3), row.GetInt64(first + 4));
}
