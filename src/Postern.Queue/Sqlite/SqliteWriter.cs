using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace Postern.Queue;

/// <summary>
/// Group commit. One thread owns the writing connection. It takes every call that is waiting, runs all in one transaction,
/// commits it and only then completes them, so that any number of sessions share one synchronisation: while the disk works,
/// the next group gathers (<see cref="WriteIntake"/>). A group costs one fsync and each call its statements. Where a call is impossible (an id in use)
/// the transaction is undone, that call fails, and the others are run again without it.
/// </summary>
/// <remarks>
/// INVARIANT: a call is completed only after COMMIT of its transaction has returned.
/// INVARIANT: a connection on which a transaction failed is never used again.
/// While nothing waits, free pages are given back to the file system in short transactions.
/// BUGS: a checkpoint runs inside the commit that fills the log, and its whole group waits for it.
/// </remarks>
internal sealed class SqliteWriter : IDisposable
{
    /// <summary>How old the figure of free space may be; 10 ms of mail are a few MiB.</summary>
    private static readonly TimeSpan Remeasured = TimeSpan.FromMilliseconds(10);

    private readonly WriteIntake _intake = new(TimeProvider.System);
    private readonly Thread _thread;
    private readonly QueueFiles _files;
    private readonly SqliteQueueOptions _options;
    private readonly SqliteFaults? _faults;
    private readonly List<WriteRequest> _doubtful = [];
    private readonly Lock _measuring = new();
    private SqlSession? _session;
    private long _free;
    private long _measured = -Stopwatch.Frequency;
    private bool _synchronous = true;
    private long _transactions;

    /// <param name="session">the connection that recovery used; it is the writer's from now on.</param>
    /// <param name="faults">only for tests.</param>
    public SqliteWriter(QueueFiles files, SqlSession session, SqliteQueueOptions options, SqliteFaults? faults)
    {
        _files = files;
        _session = session;
        _options = options;
        _faults = faults;
        _faults?.Opened(session);
        _thread = new Thread(Run) { IsBackground = true, Name = "queue writer" };
        _thread.Start();
    }

    /// <summary>Transactions committed since the store was opened.</summary>
    public long Transactions => Interlocked.Read(ref _transactions);

    /// <summary>Runs <paramref name="work"/> on the writer's thread; the result comes when its transaction is committed.</summary>
    /// <exception cref="QueueWriteException">it was not committed.</exception>
    /// <param name="takeBack">undoes the work of a call that failed with its commit, before anything else is written; the disk may have it.</param>
    /// <param name="arrived">how many callers of those told to <see cref="Expect"/> come with this call.</param>
    public Task<T> RunAsync<T>(WriteKind kind, Func<SqlSession, T> work, Action<SqlSession, T>? takeBack = null, int arrived = 0)
    {
        WriteRequest<T> request = new(kind, work, takeBack);
        if (!_intake.TryAdd(request, arrived)) request.Fail(new QueueWriteException("the queue is closed"));
        return request.Task;
    }

    /// <summary>So many callers are at work on what will bring a call; negative: none will come of it.</summary>
    public void Expect(int callers) => _intake.Expect(callers);

    /// <summary>Why a message of so many octets would be refused for want of space; null when it would not.</summary>
    public QueueWriteException? Shortage(long octets)
    {
        if (_options.MinimumFreeBytes <= 0) return null;
        try
        {
            long free = (_faults?.FreeBytes ?? FreeBytes()) - octets;
            return free < _options.MinimumFreeBytes
                ? new QueueWriteException($"only {free} octets would be free where the queue lives, {_options.MinimumFreeBytes} are wanted")
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new QueueWriteException($"cannot tell how much space is free: {e.Message}", e);
        }
    }

    /// <summary>Free space of a moment ago at most: asking the file system for each message costs more than the answer changes meanwhile.</summary>
    private long FreeBytes()
    {
        lock (_measuring)
        {
            if (Stopwatch.GetElapsedTime(_measured) < Remeasured) return _free;
            _free = new DriveInfo(_files.Directory).AvailableFreeSpace;
            _measured = Stopwatch.GetTimestamp();
            return _free;
        }
    }

    /// <summary>Completes what is waiting, then closes the connection.</summary>
    public void Dispose()
    {
        _intake.Close();
        _thread.Join();
        _session?.Dispose();
    }

    private void Run()
    {
        List<WriteRequest> group = [];
        while (_intake.Take(group))
        {
            Commit(group);
            group.Clear();
            while (_intake.IsEmpty && GiveBack(group)) group.Clear();
        }
    }

    /// <summary>Gives a piece of free space back to the file system. False: there is none to give.</summary>
    private bool GiveBack(List<WriteRequest> group)
    {
        try
        {
            if (_session is null || !SqliteVacuum.IsDue(_session, _options.KeptFreeBytes)) return false;
        }
        catch (SqliteException)
        {
            // Nobody waits for this; the next call meets a disk that cannot be read, and tells its caller.
            _session?.Dispose();
            _session = null;
            return false;
        }

        WriteRequest<bool> step = new(WriteKind.Relaxed, SqliteVacuum.Step);
        group.Add(step);
        Commit(group);
        return step.Task.IsCompletedSuccessfully;
    }

    private void Commit(List<WriteRequest> group)
    {
        RefuseIfSpaceIsLow(group);
        if (group.Count == 0) return;
        try
        {
            SqlSession session = _session ??= Reopen();
            TakeBackDoubtful(session);
            Synchronise(session, group.Exists(r => r.Kind is WriteKind.Durable or WriteKind.NewMail));
            session.Execute("BEGIN IMMEDIATE");
            while (FirstImpossible(session, group) is { } impossible)
            {
                session.Execute("ROLLBACK");
                session.Totals.Clear();
                session.Frontier.Clear();
                group.Remove(impossible);
                session.Execute("BEGIN IMMEDIATE");
            }

            session.Totals.Write(session);
            _faults?.BeforeCommit();
            session.Execute("COMMIT");
            _faults?.AfterCommit();
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            _session?.Dispose();
            _session = null;
            _doubtful.AddRange(group.Where(r => r.CanBeTakenBack));
            foreach (WriteRequest request in group) request.Fail(new QueueWriteException($"the queue database cannot be written: {e.Message}", e));
            return;
        }

        Interlocked.Increment(ref _transactions);
        foreach (WriteRequest request in group) request.Complete();
    }

    /// <summary>INVARIANT: what failed with its commit is taken back before anything else is written, so nothing can have built on it.</summary>
    private void TakeBackDoubtful(SqlSession session)
    {
        if (_doubtful.Count == 0) return;
        session.Execute("BEGIN IMMEDIATE");
        foreach (WriteRequest request in _doubtful) request.TakeBack(session);
        session.Totals.Write(session);
        session.Execute("COMMIT");
        _doubtful.Clear();
    }

    /// <summary>
    /// Runs the calls up to one that is impossible, and fails that one; null when all were run. What came before it has to be run again: that is rare, whereas a
    /// savepoint for each call would have the pages it touches written twice, always. What spoils the transaction is thrown.
    /// </summary>
    private static WriteRequest? FirstImpossible(SqlSession session, List<WriteRequest> group)
    {
        foreach (WriteRequest request in group)
        {
            try
            {
                request.Run(session);
            }
            catch (Exception e) when (!SpoilsTransaction(e))
            {
                request.Fail(e is SqliteException or QueueReadException ? new QueueWriteException($"the queue cannot take this: {e.Message}", e) : e);
                return request;
            }
        }

        return null;
    }

    private static bool SpoilsTransaction(Exception e) =>
        e is SqliteException { SqliteErrorCode: not (SQLitePCL.raw.SQLITE_CONSTRAINT or SQLitePCL.raw.SQLITE_TOOBIG or SQLitePCL.raw.SQLITE_MISMATCH) };

    private void RefuseIfSpaceIsLow(List<WriteRequest> group)
    {
        if (!group.Exists(BringsMail) || Shortage(0) is not { } reason) return;
        foreach (WriteRequest request in group.FindAll(BringsMail)) request.Fail(reason);
        group.RemoveAll(BringsMail);
    }

    private static bool BringsMail(WriteRequest request) => request.Kind is WriteKind.NewMail or WriteKind.Staging;

    /// <summary>NORMAL leaves a commit unsynchronised; the next FULL commit synchronises the log with all that is in it.</summary>
    private void Synchronise(SqlSession session, bool synchronous)
    {
        if (synchronous == _synchronous) return;
        session.ExecuteOnce(synchronous ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
        _synchronous = synchronous;
    }

    private SqlSession Reopen()
    {
        SqlSession session = _files.OpenWriter();
        _synchronous = true;
        _faults?.Opened(session);
        return session;
    }
}
