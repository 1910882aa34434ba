using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace Postern.Queue;

/// <summary>
/// The queue in a SQLite database, the default. Changes go through one writer that commits what is waiting in one
/// transaction; reads have connections of their own. docs/queue.md section 7 describes the files, the keys and the costs.
/// </summary>
public sealed class SqliteQueueStore : IQueueStore
{
    private readonly FileStream _lock;
    private readonly SqliteQueueView _view;
    private readonly SqliteWriter _writer;
    private readonly RecentContent _recent = new();
    private readonly TimeProvider _time;
    private long _lastNumber;
    private int _disposed;

    private SqliteQueueStore(FileStream lockFile, QueueFiles files, SqlSession session, TimeProvider time, SqliteQueueOptions options, SqliteFaults? faults, QueueRecovery recovery)
    {
        _lock = lockFile;
        _view = new SqliteQueueView(files);
        _time = time;
        Recovery = recovery;
        _lastNumber = session.Integer("SELECT max(num) FROM message") ?? 0;
        _writer = new SqliteWriter(files, session, options, faults);
    }

    /// <summary>What opening the store found and repaired.</summary>
    public QueueRecovery Recovery { get; }

    /// <summary>Transactions committed since the store was opened; many calls share one.</summary>
    public long Transactions => _writer.Transactions;

    /// <summary>Whether a queue was ever made in <paramref name="directory"/>.</summary>
    public static bool Exists(string directory) => File.Exists(new QueueFiles(directory).Database);

    /// <summary>Whether a process, a running server for one, has the queue in <paramref name="directory"/> for itself now.</summary>
    /// <exception cref="QueueOpenException">it cannot be told: the directory may not be written.</exception>
    public static bool IsInUse(string directory)
    {
        try
        {
            new QueueFiles(directory).Lock().Dispose();
            return false;
        }
        catch (QueueOpenException e) when (e.InnerException is IOException)
        {
            return true;
        }
    }

    /// <summary>Opens the queue in <paramref name="directory"/>, making it (mode 0750) if there is none, and recovers it.</summary>
    /// <exception cref="QueueOpenException">another process uses it, a newer release wrote it, or the disk refuses.</exception>
    public static Task<SqliteQueueStore> OpenAsync(
        string directory, TimeProvider time, SqliteQueueOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.Run(() => Open(directory, time, options ?? new SqliteQueueOptions(), faults: null), cancellationToken);

    /// <summary>Opens an existing queue for reading, also while a server runs on it; nothing is repaired.</summary>
    public static IQueueView OpenReadOnly(string directory) => new SqliteQueueView(new QueueFiles(directory));

    internal static SqliteQueueStore Open(string directory, TimeProvider time, SqliteQueueOptions options, SqliteFaults? faults)
    {
        QueueFiles files = new(directory);
        FileStream lockFile = files.Lock();
        try
        {
            SqlSession session = SqliteRecovery.Open(files, time, options, out QueueRecovery recovery);
            return new SqliteQueueStore(lockFile, files, session, time, options, faults, recovery);
        }
        catch (Exception e)
        {
            lockFile.Dispose();
            if (e is SqliteException or UnauthorizedAccessException or (IOException and not QueueOpenException))
                throw new QueueOpenException($"cannot open the queue in \"{directory}\": {e.Message}", e);
            throw;
        }
    }

    public IStagedMessage Stage(QueueId id)
    {
        _writer.Expect(1);
        return new SqliteStagedMessage(id, Interlocked.Increment(ref _lastNumber), _writer);
    }

    public async Task CommitAsync(
        IStagedMessage staged,
        Envelope envelope,
        ImmutableArray<NewCopy> copies,
        ImmutableArray<RecipientKey> settled,
        CancellationToken cancellationToken)
    {
        RecipientTransitions.CheckPublication(staged, envelope, copies);
        cancellationToken.ThrowIfCancellationRequested();
        if (copies.Length > QueueNumbers.CopiesPerMessage) throw new QueueWriteException($"message {envelope.Id} has more copies than the queue can hold");
        SqliteStagedMessage content = (SqliteStagedMessage)staged;
        content.BeginCommit();
        byte[] lastChunk = content.LastChunk;
        DateTimeOffset now = _time.GetUtcNow();
        QueueRank rank = QueueRanks.Of(envelope.Priority, envelope.Received, now);
        if (content.IsOneChunk) _recent.Add(content.Number, lastChunk);
        try
        {
            await _writer.RunAsync(WriteKind.NewMail, session =>
            {
                SqliteRows.Insert(session, content.Number, envelope, content.Length);
                if (lastChunk.Length > 0) session.Execute("INSERT INTO chunk VALUES ($1, $2)", content.LastChunkKey, lastChunk);
                for (int i = 0; i < copies.Length; i++) Insert(session, QueueNumbers.FirstCopy(content.Number) + i, copies[i], content.Length, rank, now);
                Strike(session, settled);
                return true;
            }, arrived: 1);
        }
        catch
        {
            _recent.Take(content.Number);
            content.CommitFailed();
            throw;
        }
    }

    public async Task<ImmutableArray<QueuedCopy>> ClaimAsync(QueueClaim claim, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (claim.Limit <= 0) return [];
        ImmutableArray<QueuedCopy> claimed = await _writer.RunAsync(WriteKind.Relaxed, session => SqliteClaim.Take(session, claim), SqliteClaim.GiveBack);
        _writer.Expect(claimed.Length);
        return [.. claimed.Select(c => c with { Content = _recent.Take(QueueNumbers.MessageOfCopy(c.CopyId)) })];
    }

    public async Task RecordAsync(ImmutableArray<DeliveryRecord> records, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DateTimeOffset now = _time.GetUtcNow();
        WriteKind kind = records.All(r => r.Result == DeliveryResult.GivenBack) ? WriteKind.Relaxed : WriteKind.Durable;
        int copies = records.Select(r => r.Key.CopyId).Distinct().Count();
        try
        {
            await _writer.RunAsync(kind, session =>
            {
                SqliteRecords.Store(session, records, now);
                return true;
            }, arrived: copies);
        }
        catch (QueueWriteException)
        {
            // What became of a copy is recorded again until the disk takes it.
            _writer.Expect(copies);
            throw;
        }
    }

    public Task<IReadOnlyList<DueChannel>> DueChannelsAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.Run(() => _view.Readers.Read(session => SqliteDue.Channels(session, now)), cancellationToken);

    public Task<DateTimeOffset?> NextDueAsync(DateTimeOffset after, CancellationToken cancellationToken) =>
        Task.Run(() => _view.Readers.Read(session => SqliteDue.Next(session, after)), cancellationToken);

    public Task<ImmutableArray<PendingNotification>> PendingNotificationsAsync(CancellationToken cancellationToken) => Task.Run(
        () => _view.Readers.Read(session =>
        {
            ImmutableArray<PendingNotification>.Builder pending = ImmutableArray.CreateBuilder<PendingNotification>();
            for (long? id = NextOwing(session, after: -1); id is { } copy && pending.Count < PendingNotification.PageSize; id = NextOwing(session, copy))
            {
                if (SqliteRows.Owed(session, copy) is { } notification) pending.Add(notification);
            }

            return pending.ToImmutable();
        }),
        cancellationToken);

    public Task SettleAsync(ImmutableArray<RecipientKey> recipients, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _writer.RunAsync(WriteKind.Durable, session =>
        {
            Strike(session, recipients);
            return true;
        });
    }

    public Task<OperatorOutcome> ApplyAsync(ImmutableArray<RecipientKey> recipients, OperatorAction action, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _writer.RunAsync(WriteKind.Durable, session => SqliteOperator.Apply(session, recipients, action));
    }

    public Task SetStoppedAsync(string channel, bool stopped, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _writer.RunAsync(
            WriteKind.Durable,
            session => session.Execute(stopped ? "INSERT OR IGNORE INTO stopped VALUES ($1)" : "DELETE FROM stopped WHERE channel = $1", channel));
    }

    public Task SetHostStoppedAsync(string host, bool stopped, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _writer.RunAsync(
            WriteKind.Durable,
            session =>
            {
                // Claims do not see what is due for a host that is stopped.
                session.Frontier.Clear();
                return session.Execute(stopped ? "INSERT OR IGNORE INTO stopped_host VALUES ($1)" : "DELETE FROM stopped_host WHERE host = $1", host.ToLowerInvariant());
            });
    }

    public bool HasRoom(long octets) => _writer.Shortage(octets) is null;

    public IAsyncEnumerable<QueueEntry> ListAsync(QueueFilter filter, CancellationToken cancellationToken) => _view.ListAsync(filter, cancellationToken);

    public Task<QueuedMessage?> FindAsync(QueueId id, CancellationToken cancellationToken) => _view.FindAsync(id, cancellationToken);

    public Task<IReadOnlyList<ChannelTotal>> TotalsAsync(CancellationToken cancellationToken) => _view.TotalsAsync(cancellationToken);

    public Task<IReadOnlyList<HostTotal>> HostTotalsAsync(string? channel, int limit, CancellationToken cancellationToken) =>
        _view.HostTotalsAsync(channel, limit, cancellationToken);

    public Task<IReadOnlyList<string>> StoppedAsync(CancellationToken cancellationToken) => _view.StoppedAsync(cancellationToken);

    public Task<IReadOnlyList<string>> StoppedHostsAsync(CancellationToken cancellationToken) => _view.StoppedHostsAsync(cancellationToken);

    public Task<IReadOnlyList<PastAttempt>> HistoryAsync(QueueId id, CancellationToken cancellationToken) => _view.HistoryAsync(id, cancellationToken);

    public Task<Stream> OpenContentAsync(QueueId id, CancellationToken cancellationToken) => _view.OpenContentAsync(id, cancellationToken);

    /// <summary>Completes the calls that are waiting and closes the files. What is claimed stays claimed until the next opening.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _view.DisposeAsync();
        await Task.Run(_writer.Dispose);
        await _lock.DisposeAsync();
    }

    private static void Insert(SqlSession session, long id, NewCopy copy, long size, QueueRank rank, DateTimeOffset now)
    {
        session.Totals.AddCopies(copy.Channel, 1, size);
        session.Execute(
            "INSERT INTO copy VALUES ($1, $2, $3, $4)", id, copy.Channel, copy.ReversePath, copy.HeaderBlock.IsEmpty ? null : copy.HeaderBlock.ToArray());
        for (int i = 0; i < copy.Recipients.Length; i++)
            SqliteRows.Insert(session, id, copy.Channel, RecipientTransitions.Published(copy.Recipients[i], i, copy.HoldReason, rank, now));
    }

    private static void Strike(SqlSession session, ImmutableArray<RecipientKey> keys)
    {
        HashSet<long> touched = [];
        foreach (RecipientKey key in keys)
        {
            if (SqliteRows.Recipient(session, key) is not var (channel, before) || RecipientTransitions.Settled(before, key.OfWarning) is not { } after) continue;
            SqliteRows.Update(session, key.CopyId, channel, before, after);
            touched.Add(QueueNumbers.MessageOfCopy(key.CopyId));
        }

        foreach (long message in touched) SqliteRows.RemoveIfDone(session, message);
    }

    private static long? NextOwing(SqlSession session, long after) =>
        session.Integer("SELECT min(copy) FROM recipient WHERE owed = 1 AND copy > $1", after);
}
