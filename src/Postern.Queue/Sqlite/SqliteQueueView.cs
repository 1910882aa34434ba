using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Postern.Queue;

/// <summary>Reads a queue database: beside the writer of this process, or from another process while the server runs.</summary>
internal sealed class SqliteQueueView(QueueFiles files) : IQueueView
{
    /// <summary>Entries of a listing read at a time.</summary>
    private const int PageSize = 256;

    private const string ListPage =
        """
        SELECT r.copy, r.number, m.id, c.channel, r.host, r.state, m.size, m.received, r.attempts, r.next, c.reverse_path, r.address,
               r.last_reply, r.hold_reason
        FROM recipient r JOIN copy c ON c.id = r.copy JOIN message m ON m.num = r.copy / 65536
        WHERE (r.copy, r.number) > ($1, $2)
          AND ($3 IS NULL OR r.channel = $3 COLLATE NOCASE) AND ($4 IS NULL OR r.host = $4) AND ($5 IS NULL OR r.state = $5)
          AND ($6 IS NULL OR m.received < $6)
        ORDER BY r.copy, r.number LIMIT $7
        """;

    public SqliteReaders Readers { get; } = new(files);

    public async IAsyncEnumerable<QueueEntry> ListAsync(QueueFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RecipientKey last = new(-1, -1);
        int left = filter.Limit;
        while (left > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int wanted = Math.Min(left, PageSize);
            RecipientKey after = last;
            List<(RecipientKey Key, QueueEntry Entry)> page = await Task.Run(() => Readers.Read(s => Page(s, filter, after, wanted)), cancellationToken);
            foreach ((RecipientKey key, QueueEntry entry) in page)
            {
                yield return entry;
                last = key;
            }

            if (page.Count < wanted) yield break;
            left -= page.Count;
        }
    }

    public Task<QueuedMessage?> FindAsync(QueueId id, CancellationToken cancellationToken) => Task.Run(
        () => Readers.Read(session => Number(session, id) is { } number ? Message(session, number) : null), cancellationToken);

    public Task<IReadOnlyList<QueueTotal>> TotalsAsync(CancellationToken cancellationToken) => Task.Run(
        () => Readers.Read(session =>
        {
            using SqliteDataReader rows = session.Query(
                """
                SELECT r.channel, r.state, count(*), count(DISTINCT r.copy / 65536), min(m.received)
                FROM recipient r JOIN message m ON m.num = r.copy / 65536 GROUP BY r.channel, r.state ORDER BY r.channel, r.state
                """);
            List<QueueTotal> totals = [];
            while (rows.Read())
            {
                totals.Add(new QueueTotal(
                    rows.GetString(0), (RecipientState)rows.GetInt32(1), rows.GetInt32(2), rows.GetInt32(3), NearestTime(rows.GetInt64(4))));
            }

            return (IReadOnlyList<QueueTotal>)totals;
        }),
        cancellationToken);

    public Task<Stream> OpenContentAsync(QueueId id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            (long Number, long Size)? found = Readers.Read(session =>
            {
                using SqliteDataReader row = session.Query("SELECT num, size FROM message WHERE id = $1", id.ToString());
                return row.Read() ? (row.GetInt64(0), row.GetInt64(1)) : ((long, long)?)null;
            });
            return found is { } message
                ? Task.FromResult<Stream>(new SqliteContentStream(Readers, id, message.Number, message.Size))
                : Task.FromException<Stream>(new QueueReadException($"no message {id} in the queue"));
        }
        catch (QueueReadException e)
        {
            return Task.FromException<Stream>(e);
        }
    }

    public ValueTask DisposeAsync()
    {
        Readers.Dispose();
        return ValueTask.CompletedTask;
    }

    public static long? Number(SqlSession session, QueueId id) => (long?)session.Scalar("SELECT num FROM message WHERE id = $1", id.ToString());

    /// <summary>A message with its copies; each statement sees a snapshot, and a message removed between two of them is none.</summary>
    public static QueuedMessage? Message(SqlSession session, long number)
    {
        if (SqliteRows.Message(session, number) is not { } message) return null;
        List<long> ids = [];
        using (SqliteDataReader rows = session.Query(
            "SELECT id FROM copy WHERE id BETWEEN $1 AND $2 ORDER BY id", QueueNumbers.FirstCopy(number), QueueNumbers.LastCopy(number)))
        {
            while (rows.Read()) ids.Add(rows.GetInt64(0));
        }

        ImmutableArray<QueuedCopy>.Builder copies = ImmutableArray.CreateBuilder<QueuedCopy>(ids.Count);
        foreach (long id in ids)
        {
            if (SqliteRows.Copy(session, id) is not { } copy) return null;
            copies.Add(copy with { Recipients = SqliteRows.Recipients(session, id) });
        }

        return new QueuedMessage(message.Envelope, message.Size, copies.ToImmutable());
    }

    private static List<(RecipientKey Key, QueueEntry Entry)> Page(SqlSession session, QueueFilter filter, RecipientKey after, int count)
    {
        using SqliteDataReader row = session.Query(
            ListPage,
            after.CopyId,
            (long)after.Number,
            filter.Channel,
            filter.Host?.ToLowerInvariant(),
            (long?)filter.State,
            filter.ReceivedBefore?.UtcTicks,
            (long)count);
        List<(RecipientKey, QueueEntry)> page = [];
        while (row.Read())
        {
            // A listing also shows what is held because it cannot be decoded: such an id is all zeros, such a time the nearest there is.
            _ = QueueId.TryParse(row.GetString(2), out QueueId id);
            page.Add((
                new RecipientKey(row.GetInt64(0), row.GetInt32(1)),
                new QueueEntry(
                    id,
                    row.GetString(3),
                    row.GetString(4),
                    (RecipientState)row.GetInt32(5),
                    row.GetInt64(6),
                    NearestTime(row.GetInt64(7)),
                    row.GetInt32(8),
                    NearestTime(row.GetInt64(9)),
                    row.GetString(10),
                    row.GetString(11),
                    row.IsDBNull(12) ? null : row.GetString(12),
                    row.IsDBNull(13) ? null : row.GetString(13))));
        }

        return page;
    }

    private static DateTimeOffset NearestTime(long ticks) => new(Math.Clamp(ticks, 0, DateTime.MaxValue.Ticks), TimeSpan.Zero);
}
