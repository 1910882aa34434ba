using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Postern.Queue;

/// <summary>Reads a queue database: beside the writer of this process, or from another process while the server runs.</summary>
internal sealed class SqliteQueueView(QueueFiles files) : IQueueView
{
    /// <summary>Rows of a listing read at a time, those included that the filter refuses.</summary>
    private const int PageSize = 256;

    public SqliteReaders Readers { get; } = new(files);

    public async IAsyncEnumerable<QueueEntry> ListAsync(QueueFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int left = filter.Limit;
        if (left <= 0) yield break;
        FilteredWalk walk = new(this, filter);
        foreach (SqliteListing listing in await Task.Run(() => Readers.Read(s => SqliteListing.Of(s, filter)), cancellationToken))
        {
            for (bool more = true; more;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                List<QueueEntry> page = await Task.Run(() => Readers.Read(s => listing.Next(s, PageSize)), cancellationToken);
                more = page.Count == PageSize;
                foreach (QueueEntry entry in page)
                {
                    if (!await walk.PassesAsync(entry, cancellationToken)) continue;
                    yield return entry;
                    if (--left == 0) yield break;
                }
            }
        }
    }

    public Task<QueuedMessage?> FindAsync(QueueId id, CancellationToken cancellationToken) => Task.Run(
        () => Readers.Read(session => Number(session, id) is { } number ? Message(session, number) : null), cancellationToken);

    public Task<IReadOnlyList<ChannelTotal>> TotalsAsync(CancellationToken cancellationToken) =>
        Task.Run(() => Readers.Read(SqliteTotals.Channels), cancellationToken);

    public Task<IReadOnlyList<HostTotal>> HostTotalsAsync(string? channel, int limit, CancellationToken cancellationToken) =>
        Task.Run(() => Readers.Read(session => SqliteTotals.Hosts(session, channel, limit)), cancellationToken);

    public Task<IReadOnlyList<string>> StoppedAsync(CancellationToken cancellationToken) =>
        Task.Run(() => Readers.Read(session => Names(session, "SELECT channel FROM stopped ORDER BY channel")), cancellationToken);

    public Task<IReadOnlyList<string>> StoppedHostsAsync(CancellationToken cancellationToken) =>
        Task.Run(() => Readers.Read(session => Names(session, "SELECT host FROM stopped_host ORDER BY host")), cancellationToken);

    public Task<IReadOnlyList<PastAttempt>> HistoryAsync(QueueId id, CancellationToken cancellationToken) =>
        Task.Run(() => Readers.Read(session => Number(session, id) is { } number ? SqliteHistory.Of(session, number) : []), cancellationToken);

    public Task<Stream> OpenContentAsync(QueueId id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            (long Number, long Size)? found = Readers.Read(session =>
            {
                using SqlRows row = session.Query("SELECT num, size FROM message WHERE id = $1", id.ToString());
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

    private static IReadOnlyList<string> Names(SqlSession session, string sql)
    {
        using SqlRows rows = session.Query(sql);
        List<string> names = [];
        while (rows.Read()) names.Add(rows.GetString(0));
        return names;
    }

    public static long? Number(SqlSession session, QueueId id) => session.Integer("SELECT num FROM message WHERE id = $1", id.ToString());

    /// <summary>A message with its copies; each statement sees a snapshot, and a message removed between two of them is none.</summary>
    public static QueuedMessage? Message(SqlSession session, long number)
    {
        if (SqliteRows.Message(session, number) is not { } message) return null;
        List<long> ids = [];
        using (SqlRows rows = session.Query(
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
}
