namespace Postern.Queue;

/// <summary>
/// A walk over recipients in the order of their messages, page by page. It goes by the narrowest index that the filter has
/// one for (messages by id, what is held, a next hop, a channel) and leaves the rest of the filter to its caller: a listing
/// by sender or reply reads every entry, in short reads that keep nobody waiting.
/// </summary>
internal sealed class SqliteListing
{
    private const string Columns =
        """
        SELECT r.copy, r.number, m.id, c.channel, r.host, r.state, m.size, m.received, r.attempts, r.next, c.reverse_path, r.address,
               r.last_reply, r.hold_reason, m.port_information
        """;

    // CROSS JOIN: the order of the walk is that of the recipients, never that of another table.
    private const string Joined = "CROSS JOIN copy c ON c.id = r.copy CROSS JOIN message m ON m.num = r.copy / 65536";

    private const string Range = "(r.copy, r.number) > ($1, $2) AND r.copy <= $3";

    private const string Ordered = "ORDER BY r.copy, r.number LIMIT $4";

    private const string All = $"{Columns} FROM recipient r {Joined} WHERE {Range} {Ordered}";

    private const string Held = $"{Columns} FROM recipient r INDEXED BY recipient_held {Joined} WHERE r.state = 2 AND {Range} {Ordered}";

    private const string OfHost = $"{Columns} FROM recipient r INDEXED BY recipient_host {Joined} WHERE r.host = $5 AND {Range} {Ordered}";

    private const string OfChannel = $"{Columns} FROM recipient r INDEXED BY recipient_channel {Joined} WHERE r.channel = $5 AND {Range} {Ordered}";

    private readonly string _sql;
    private readonly string? _value;
    private readonly long _lastCopy;
    private RecipientKey _last;

    private SqliteListing(string sql, string? value, RecipientKey last, long lastCopy)
    {
        _sql = sql;
        _value = value;
        _last = last;
        _lastCopy = lastCopy;
    }

    /// <summary>The walks that together show everything the filter may let through, oldest message first.</summary>
    public static IReadOnlyList<SqliteListing> Of(SqlSession session, QueueFilter filter)
    {
        long lastCopy = filter.LastCopy ?? long.MaxValue;
        if (!filter.Ids.IsDefaultOrEmpty)
        {
            SortedSet<long> numbers = [];
            foreach (QueueId id in filter.Ids)
            {
                if (SqliteQueueView.Number(session, id) is { } number) numbers.Add(number);
            }

            return [.. numbers.Select(n => new SqliteListing(All, null, new RecipientKey(QueueNumbers.FirstCopy(n), -1), Math.Min(lastCopy, QueueNumbers.LastCopy(n))))];
        }

        RecipientKey start = new(-1, -1);
        if (filter.State == RecipientState.Held) return [new SqliteListing(Held, null, start, lastCopy)];
        if (filter.Host is { } host) return [new SqliteListing(OfHost, host.ToLowerInvariant(), start, lastCopy)];
        if (filter.Channel is { } channel) return [new SqliteListing(OfChannel, channel, start, lastCopy)];
        return [new SqliteListing(All, null, start, lastCopy)];
    }

    /// <summary>The next entries; fewer than <paramref name="count"/> are the last.</summary>
    public List<QueueEntry> Next(SqlSession session, int count)
    {
        List<QueueEntry> page = [];
        using SqlRows row = _value is null
            ? session.Query(_sql, _last.CopyId, (long)_last.Number, _lastCopy, (long)count)
            : session.Query(_sql, _last.CopyId, (long)_last.Number, _lastCopy, (long)count, _value);
        while (row.Read()) page.Add(Entry(row));
        if (page.Count > 0) _last = page[^1].Key;
        return page;
    }

    /// <summary>A listing also shows what is held because it cannot be decoded: such an id is all zeros, such a time the nearest there is.</summary>
    private static QueueEntry Entry(SqlRows row)
    {
        _ = QueueId.TryParse(row.GetString(2), out QueueId id);
        return new QueueEntry(
            new RecipientKey(row.GetInt64(0), row.GetInt32(1)),
            id,
            row.GetString(3),
            row.GetString(4),
            (RecipientState)row.GetInt32(5),
            row.GetInt64(6),
            SqliteRows.NearestTime(row.GetInt64(7)),
            row.GetInt32(8),
            SqliteRows.NearestTime(row.GetInt64(9)),
            row.GetString(10),
            row.GetString(11),
            row.IsDBNull(12) ? null : row.GetString(12),
            row.IsDBNull(13) ? null : row.GetString(13),
            row.GetString(14));
    }
}
