using Microsoft.Data.Sqlite;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>Group commit, failed commits and full disks: docs/queue.md sections 6 and 7.</summary>
public sealed class SqliteWriterTests : IAsyncDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();
    private readonly Faults _faults = new();
    private SqliteQueueStore? _store;

    private SqliteQueueStore Store => _store ??= SqliteQueueStore.Open(_scratch.Queue, _time, new SqliteQueueOptions { MinimumFreeBytes = 1000 }, _faults);

    private DateTimeOffset Now => _time.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        _faults.Release();
        if (_store is not null) await _store.DisposeAsync();
        _faults.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Sessions_that_wait_together_share_a_transaction()
    {
        SqliteQueueStore store = Store;
        _faults.Hold();
        Task<QueueId> first = store.QueueAsync(Mail.Copy("tcp_local", Mail.To("first@y.test")));
        await _faults.Held;

        // The writer stands before its COMMIT; everybody who comes now waits for the next one.
        Task<QueueId>[] others = [.. Enumerable.Range(0, 50).Select(i => store.QueueAsync(Mail.Copy("tcp_local", Mail.To($"u{i}@y.test"))))];
        Assert.False(first.IsCompleted);
        _faults.Release();
        await first;
        await Task.WhenAll(others);
        Assert.Equal(2, store.Transactions);
        Assert.Equal(51, (await store.ListAsync()).Count);
    }

    [Fact]
    public async Task A_short_message_takes_one_transaction_and_a_long_one_as_many_as_it_has_chunks()
    {
        await Store.QueueAsync(new byte[262_144], Mail.Copy("tcp_local", Mail.To("a@y.test")));
        Assert.Equal(1, Store.Transactions);
        await Store.QueueAsync(new byte[600_000], Mail.Copy("tcp_local", Mail.To("a@y.test")));
        Assert.Equal(1 + 3, Store.Transactions);
    }

    [Fact]
    public async Task An_impossible_call_does_not_spoil_the_transaction_of_others()
    {
        QueueId used = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        _faults.Hold();
        Task<QueueId> first = Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("b@y.test")));
        await _faults.Held;
        await using IStagedMessage again = Store.Stage(used);
        Task impossible = Store.CommitAsync(again, Mail.Envelope(used), [Mail.Copy("l", Mail.To("x@y.test"))], [], Mail.None);
        Task<QueueId> good = Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("c@y.test")));
        _faults.Release();
        await Assert.ThrowsAsync<QueueWriteException>(() => impossible);
        await Task.WhenAll(first, good);
        Assert.Equal(3, Store.Transactions);
        Assert.Equal(3, (await Store.ListAsync()).Count);

        // What was run twice is counted once, and what failed not at all.
        Assert.Equal(("tcp_local", 3, 3), Assert.Single((await Store.TotalsAsync(Mail.None)).Select(t => (t.Channel, t.Copies, t.Recipients.Active))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_claim_whose_commit_was_reported_failed_is_given_out_again(bool afterTheFact)
    {
        FailNth faults = new(1, afterTheFact);
        await using SqliteQueueStore store = SqliteQueueStore.Open(_scratch.Sub("doubt"), _time, new SqliteQueueOptions(), faults);
        await store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@z.test", "z.test")));
        await Assert.ThrowsAsync<QueueWriteException>(() => store.ClaimAsync(Now));
        Assert.Equal(["a@y.test", "b@z.test"], (await store.ClaimAsync(Now)).SelectMany(c => c.Recipients).Select(r => r.Address));
        Assert.Empty(await store.ClaimAsync(Now));
    }

    [Fact]
    public async Task A_failed_commit_fails_all_its_calls_and_the_connection_is_opened_anew()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("before@y.test")));
        Assert.Equal(1, _faults.Connections);
        _faults.FailNext(new SqliteException("disk I/O error", SQLitePCL.raw.SQLITE_IOERR));
        QueueWriteException failure = await Assert.ThrowsAsync<QueueWriteException>(() => Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("lost@y.test"))));
        Assert.Contains("disk I/O error", failure.Message, StringComparison.Ordinal);
        Assert.Equal("before@y.test", Assert.Single(await Store.ListAsync()).Recipient);
        Assert.Equal(1, _faults.Connections);
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("after@y.test")));
        Assert.Equal(2, _faults.Connections);
        Assert.Equal(["before@y.test", "after@y.test"], (await Store.ListAsync()).Select(e => e.Recipient));
    }

    [Fact]
    public async Task Each_step_of_a_messages_life_may_fail_and_be_tried_again()
    {
        SqliteException full = new("database or disk is full", SQLitePCL.raw.SQLITE_FULL);

        // One failure before every transaction in turn: whatever step meets it reports it and changes nothing.
        for (int n = 0; n < 6; n++)
        {
            int left = n;
            async Task<T> Retry<T>(Func<Task<T>> step)
            {
                if (left-- == 0) _faults.FailNext(full);
                try
                {
                    return await step();
                }
                catch (QueueWriteException)
                {
                    return await step();
                }
            }

            QueueId id = await Retry(() => Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"))));
            QueuedCopy copy = Assert.Single(await Retry(() => Store.ClaimAsync(Now)));
            await Retry(async () =>
            {
                await Store.RecordAsync(copy, DeliveryResult.Deferred, Now);
                return true;
            });
            copy = Assert.Single(await Retry(() => Store.ClaimAsync(Now)));
            Assert.Equal(1, copy.Recipients[0].Attempts);
            await Retry(async () =>
            {
                await Store.RecordAsync(copy, DeliveryResult.Failed);
                return true;
            });
            Assert.Single(await Store.PendingNotificationsAsync(Mail.None));
            await Retry(async () =>
            {
                await Store.SettleAsync([new RecipientKey(copy.CopyId, 0)], Mail.None);
                return true;
            });
            Assert.Null(await Store.FindAsync(id, Mail.None));
            Assert.Empty(await Store.ListAsync());
        }

        Assert.Equal(7, _faults.Connections);
    }

    [Fact]
    public async Task A_full_disk_is_a_write_failure_and_space_makes_it_good_again()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("before@y.test")));
        _faults.MaximumPages = 40;
        _faults.FailNext(new SqliteException("first", SQLitePCL.raw.SQLITE_FULL));
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("x@y.test"))));

        // From here on it is SQLite itself that has no room: for a short message, and inside a long one.
        QueueWriteException failure = await Assert.ThrowsAsync<QueueWriteException>(() => Store.QueueAsync(new byte[250_000], Mail.Copy("tcp_local", Mail.To("x@y.test"))));
        Assert.Equal(SQLitePCL.raw.SQLITE_FULL, Assert.IsType<SqliteException>(failure.InnerException).SqliteErrorCode);
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.QueueAsync(new byte[900_000], Mail.Copy("tcp_local", Mail.To("x@y.test"))));
        Assert.Equal("before@y.test", Assert.Single(await Store.ListAsync()).Recipient);
        _faults.MaximumPages = null;
        _faults.FailNext(new SqliteException("once more", SQLitePCL.raw.SQLITE_FULL));
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("x@y.test"))));
        await Store.QueueAsync(new byte[900_000], Mail.Copy("tcp_local", Mail.To("after@y.test")));
        Assert.Equal(["before@y.test", "after@y.test"], (await Store.ListAsync()).Select(e => e.Recipient));
    }

    [Fact]
    public async Task A_part_that_could_not_be_stored_spoils_its_message_for_good()
    {
        QueueId id = QueueId.New(_time);
        await using IStagedMessage staged = Store.Stage(id);
        _faults.FailNext(new SqliteException("disk I/O error", SQLitePCL.raw.SQLITE_IOERR));
        await Assert.ThrowsAsync<QueueWriteException>(async () => await staged.WriteAsync(new byte[300_000], Mail.None));
        await Assert.ThrowsAsync<QueueWriteException>(async () => await staged.WriteAsync(new byte[10], Mail.None));
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.CommitAsync(staged, Mail.Envelope(id), [Mail.Copy("l", Mail.To("a@y.test"))], [], Mail.None));
        Assert.Empty(await Store.ListAsync());
    }

    [Fact]
    public async Task Little_free_space_refuses_new_mail_and_lets_deliveries_go_on()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        _faults.Free = 999;
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("b@y.test"))));
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.QueueAsync(new byte[300_000], Mail.Copy("tcp_local", Mail.To("b@y.test"))));
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Delivered);
        Assert.Empty(await Store.ListAsync());
        Assert.False(Store.HasRoom(0));
        _faults.Free = 1000;
        Assert.True(Store.HasRoom(0));
        Assert.False(Store.HasRoom(1));
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("b@y.test")));
        Assert.Single(await Store.ListAsync());
    }

    [Fact]
    public async Task A_claim_that_was_never_begun_is_not_taken_back()
    {
        SqliteException full = new("database or disk is full", SQLitePCL.raw.SQLITE_FULL);
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        _faults.FailNext(full);
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("b@y.test"))));
        _faults.FailOpening(full);
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.ClaimAsync(Now));
        Assert.Equal("a@y.test", Assert.Single(Assert.Single(await Store.ClaimAsync(Now)).Recipients).Address);
    }

    [Fact]
    public async Task A_closed_queue_takes_nothing()
    {
        await Store.DisposeAsync();
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"))));
    }

    private sealed class Faults : SqliteFaults, IDisposable
    {
        private readonly ManualResetEventSlim _open = new(initialState: true);
        private TaskCompletionSource _held = new();
        private Exception? _next;
        private Exception? _opening;

        public int Connections { get; private set; }

        public long? Free { get; set; }

        public int? MaximumPages { get; set; }

        public Task Held => _held.Task;

        public override long? FreeBytes => Free;

        public void FailOpening(Exception failure) => Volatile.Write(ref _opening, failure);

        public void FailNext(Exception failure) => Volatile.Write(ref _next, failure);

        public void Hold()
        {
            _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _open.Reset();
        }

        public void Release() => _open.Set();

        public override void Opened(SqlSession session)
        {
            if (Interlocked.Exchange(ref _opening, null) is { } failure) throw failure;
            Connections++;
            if (MaximumPages is { } pages) session.ExecuteOnce($"PRAGMA max_page_count={pages}");
        }

        public override void BeforeCommit()
        {
            _held.TrySetResult();
            _open.Wait();
            if (Interlocked.Exchange(ref _next, null) is { } failure) throw failure;
        }

        public void Dispose() => _open.Dispose();
    }
}
