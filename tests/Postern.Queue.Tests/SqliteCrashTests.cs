using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>
/// The tables of docs/queue.md sections 4 and 5. A crash is a copy of the database and its log taken at that moment: it is
/// what another process finds after kill -9.
/// </summary>
public sealed class SqliteCrashTests : IAsyncDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();
    private readonly SqliteQueueStore _store;

    public SqliteCrashTests() => _store = Open(_scratch.Queue);

    private DateTimeOffset Now => _time.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Short_content_that_was_not_committed_leaves_nothing()
    {
        await using IStagedMessage staged = _store.Stage(QueueId.New(_time));
        await staged.WriteAsync(new byte[1000], Mail.None);
        await using SqliteQueueStore after = Open(_scratch.Killed());
        Assert.Equal(new QueueRecovery(0, 0, after.Recovery.Held, 0, 0), after.Recovery);
        Assert.Empty(after.Recovery.Held);
        Assert.Empty(await after.ListAsync());
    }

    [Fact]
    public async Task Chunks_of_long_content_that_was_not_committed_are_removed()
    {
        QueueId id = QueueId.New(_time);
        await using IStagedMessage staged = _store.Stage(id);
        await staged.WriteAsync(new byte[700_000], Mail.None);
        string killed = _scratch.Killed();
        Assert.Equal(2L, Scalar(killed, "SELECT count(*) FROM chunk"));
        await using SqliteQueueStore after = Open(killed);
        Assert.Equal(2, after.Recovery.ChunksRemoved);
        Assert.Empty(await after.ListAsync());
        Assert.Null(await after.FindAsync(id, Mail.None));
    }

    [Fact]
    public async Task A_commit_that_returned_is_whole()
    {
        byte[] content = new byte[700_000];
        new Random(1).NextBytes(content);
        QueueId id = await _store.QueueAsync(content, Mail.Copy("tcp_local", Mail.To("a@y.test")), Mail.Copy("ims-ms", Mail.To("b@x.test")));
        string before = await Mail.DescribeAsync(_store, [id]);
        await using SqliteQueueStore after = Open(_scratch.Killed());
        Assert.Equal(before, await Mail.DescribeAsync(after, [id]));
        Assert.Equal(content, await after.ContentAsync(id));
    }

    [Fact]
    public async Task A_log_cut_off_inside_the_commit_leaves_nothing_of_the_message()
    {
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("first@y.test")));
        long before = new FileInfo(Path.Combine(_scratch.Queue, "queue.db-wal")).Length;
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("second@y.test")), Mail.Copy("ims-ms", Mail.To("third@y.test")));
        long whole = new FileInfo(Path.Combine(_scratch.Queue, "queue.db-wal")).Length;
        Assert.True(whole > before);
        int step = 0;
        for (long length = before; length < whole; length += 1777)
        {
            string killed = _scratch.Killed($"cut-{step++}");
            using (FileStream log = File.OpenWrite(Path.Combine(killed, "queue.db-wal"))) log.SetLength(length);
            await using SqliteQueueStore after = Open(killed);
            Assert.Equal("first@y.test", Assert.Single(await after.ListAsync()).Recipient);
        }
    }

    [Fact]
    public async Task A_silent_return_that_is_cut_off_happened_whole_or_not_and_is_never_owed()
    {
        QueueId id = await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@y.test")));
        long before = new FileInfo(Path.Combine(_scratch.Queue, "queue.db-wal")).Length;
        await _store.ApplyAsync(id, new OperatorAction.Return("5.7.0 - returned", Silent: true));
        long whole = new FileInfo(Path.Combine(_scratch.Queue, "queue.db-wal")).Length;
        Assert.True(whole > before);
        List<int> left = [];
        for (long length = before; length <= whole; length += Math.Max(1, Math.Min(1777, whole - length)))
        {
            string killed = _scratch.Killed($"cut-{left.Count}");
            using (FileStream log = File.OpenWrite(Path.Combine(killed, "queue.db-wal"))) log.SetLength(length);
            await using SqliteQueueStore after = Open(killed);
            Assert.Empty(await after.PendingNotificationsAsync(Mail.None));
            List<QueueEntry> entries = await after.ListAsync();
            Assert.All(entries, e => Assert.Equal(RecipientState.Queued, e.State));
            left.Add(entries.Count);
        }

        Assert.Equal([2, 0], left.Distinct());
    }

    [Fact]
    public async Task What_was_under_way_is_due_again_and_counts_one_attempt()
    {
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@z.test", "z.test")));
        await _store.ClaimAsync(Now, limit: 1);
        await using SqliteQueueStore after = Open(_scratch.Killed());
        Assert.Equal(1, after.Recovery.Interrupted);
        Assert.Equal([1, 0], (await after.ListAsync()).Select(e => e.Attempts));
        Assert.Equal(2, (await after.ClaimAsync(Now)).Length);
    }

    [Fact]
    public async Task What_is_under_way_at_every_crash_waits_longer_and_a_record_ends_that()
    {
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await _store.ClaimAsync(Now);
        string directory = _scratch.Killed();
        foreach (int minutes in (int[])[0, 5, 10])
        {
            await using SqliteQueueStore after = Open(directory);
            Assert.Equal(Now.AddMinutes(minutes), await after.NextDueAsync(DateTimeOffset.MinValue, Mail.None));
            Assert.Single(await after.ClaimAsync(Now.AddMinutes(minutes)));
        }

        await using (SqliteQueueStore after = Open(directory))
        {
            QueuedCopy copy = Assert.Single(await after.ClaimAsync(Now.AddHours(1)));
            Assert.Equal(4, copy.Recipients[0].Attempts);
            await after.RecordAsync(copy, DeliveryResult.Deferred, Now);
            await after.ClaimAsync(Now);
        }

        await using SqliteQueueStore last = Open(directory);
        Assert.Equal(Now, await last.NextDueAsync(DateTimeOffset.MinValue, Mail.None));
    }

    [Theory]
    [InlineData(DeliveryResult.Deferred, RecipientState.Queued)]
    [InlineData(DeliveryResult.Held, RecipientState.Held)]
    [InlineData(DeliveryResult.Failed, RecipientState.Failed)]
    public async Task What_was_recorded_is_still_so(DeliveryResult result, RecipientState state)
    {
        QueueId id = await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await _store.RecordAsync(Assert.Single(await _store.ClaimAsync(Now)), result, Now.AddMinutes(5));
        string before = await Mail.DescribeAsync(_store, [id]);
        await using SqliteQueueStore after = Open(_scratch.Killed());
        Assert.Equal(before, await Mail.DescribeAsync(after, [id]));
        Assert.Equal(state, Assert.Single(await after.ListAsync()).State);
        Assert.Equal(result == DeliveryResult.Failed ? 1 : 0, (await after.PendingNotificationsAsync(Mail.None)).Length);
    }

    [Fact]
    public async Task The_last_delivery_leaves_no_row_behind()
    {
        QueueId id = await _store.QueueAsync(new byte[700_000], Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await _store.RecordAsync(Assert.Single(await _store.ClaimAsync(Now)), DeliveryResult.Delivered);
        string killed = _scratch.Killed();
        foreach (string table in (string[])["message", "chunk", "copy", "recipient"])
            Assert.Equal(0L, Scalar(killed, $"SELECT count(*) FROM {table}"));
        await using SqliteQueueStore after = Open(killed);
        Assert.Equal(0, after.Recovery.MessagesRemoved);
        Assert.Null(await after.FindAsync(id, Mail.None));
    }

    [Fact]
    public async Task A_notification_and_its_debt_change_together()
    {
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        QueuedCopy failed = Assert.Single(await _store.ClaimAsync(Now));
        await _store.RecordAsync(failed, DeliveryResult.Failed);
        long before = new FileInfo(Path.Combine(_scratch.Queue, "queue.db-wal")).Length;
        QueueId notification = QueueId.New(_time);
        await using IStagedMessage staged = _store.Stage(notification);
        await _store.CommitAsync(
            staged, Mail.Envelope(notification), [Mail.Copy("tcp_local", Mail.To("bob@example.com"))], [new RecipientKey(failed.CopyId, 0)], Mail.None);
        long whole = new FileInfo(Path.Combine(_scratch.Queue, "queue.db-wal")).Length;

        int step = 0;
        for (long length = before; length <= whole; length = length == whole ? whole + 1 : Math.Min(length + 3001, whole))
        {
            string killed = _scratch.Killed($"cut-{step++}");
            using (FileStream log = File.OpenWrite(Path.Combine(killed, "queue.db-wal"))) log.SetLength(length);
            await using SqliteQueueStore after = Open(killed);
            bool owed = !(await after.PendingNotificationsAsync(Mail.None)).IsEmpty;
            bool published = await after.FindAsync(notification, Mail.None) is not null;
            Assert.Equal(length == whole, published);
            Assert.Equal(!published, owed);
        }
    }

    [Fact]
    public async Task A_time_too_far_ahead_is_brought_back()
    {
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await _store.RecordAsync(Assert.Single(await _store.ClaimAsync(Now)), DeliveryResult.Deferred, Now.AddDays(2).AddTicks(1));
        await using SqliteQueueStore after = Open(_scratch.Killed());
        Assert.Equal(1, after.Recovery.Clamped);
        Assert.Equal(Now, await after.NextDueAsync(DateTimeOffset.MinValue, Mail.None));
    }

    [Theory]
    [InlineData("UPDATE message SET body = 9")]
    [InlineData("UPDATE message SET return_content = -1")]
    [InlineData("UPDATE message SET id = 'not an id'")]
    [InlineData("UPDATE message SET received = -5")]
    [InlineData("UPDATE recipient SET state = 9")]
    [InlineData("UPDATE recipient SET notify = 99")]
    [InlineData("UPDATE recipient SET rank = 9")]
    [InlineData("UPDATE message SET priority = 9")]
    [InlineData("DELETE FROM chunk")]
    [InlineData("UPDATE chunk SET content = x'00'")]
    public async Task What_cannot_be_decoded_is_held_and_not_dropped(string damage)
    {
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        string killed = _scratch.Killed();
        Scalar(killed, damage);
        await using SqliteQueueStore after = Open(killed);
        Assert.Single(after.Recovery.Held);
        Assert.Equal(RecipientState.Held, Assert.Single(await after.ListAsync()).State);
        Assert.Single(await after.TotalsAsync(Mail.None));
        Assert.Empty(await after.ClaimAsync(Now));
        Assert.Equal(1L, Scalar(killed, "SELECT count(*) FROM recipient WHERE state = 2 AND hold_reason IS NOT NULL"));
        Assert.Equal(1L, Scalar(killed, "SELECT count(*) FROM message"));
    }

    [Fact]
    public async Task A_claim_that_meets_damage_holds_that_message_and_takes_the_next()
    {
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("broken@y.test")));
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("sound@y.test")));
        Scalar(_scratch.Queue, "UPDATE message SET body = 9 WHERE num = 1");
        Assert.Equal("sound@y.test", Assert.Single(await _store.ClaimAsync(Now, limit: 1)).Recipients[0].Address);
        Assert.Empty(await _store.ClaimAsync(Now));
        Assert.Equal([RecipientState.Held, RecipientState.Claimed], (await _store.ListAsync()).Select(e => e.State));
    }

    [Fact]
    public async Task A_debt_that_cannot_be_decoded_does_not_keep_others_back()
    {
        foreach (string name in (string[])["broken", "sound"])
        {
            await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To($"{name}@y.test")));
            await _store.RecordAsync(Assert.Single(await _store.ClaimAsync(Now)), DeliveryResult.Failed);
        }

        Scalar(_scratch.Queue, "UPDATE message SET body = 9 WHERE num = 1");
        Assert.Equal("sound@y.test", Assert.Single(Assert.Single(await _store.PendingNotificationsAsync(Mail.None)).Recipients).Address);
    }

    [Fact]
    public async Task What_cannot_be_decoded_can_only_be_deleted()
    {
        await _store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        Scalar(_scratch.Queue, "UPDATE message SET body = 9 WHERE num = 1");
        Assert.Empty(await _store.ClaimAsync(Now));
        QueueEntry held = Assert.Single(await _store.ListAsync());
        foreach (OperatorAction action in (OperatorAction[])[new OperatorAction.Release(), new OperatorAction.Return("5.7.0 - returned")])
            Assert.Equal(new OperatorOutcome(0, 0, 1), await _store.ApplyAsync([held.Key], action, Mail.None));
        Assert.Equal(RecipientState.Held, Assert.Single(await _store.ListAsync()).State);
        Assert.Equal(new OperatorOutcome(1, 0), await _store.ApplyAsync([held.Key], new OperatorAction.Delete(), Mail.None));
        Assert.Empty(await _store.ListAsync());
    }

    [Fact]
    public async Task Content_with_a_missing_chunk_cannot_be_read_to_its_end()
    {
        QueueId id = await _store.QueueAsync(new byte[700_000], Mail.Copy("tcp_local", Mail.To("a@y.test")));
        Scalar(_scratch.Queue, "DELETE FROM chunk WHERE key % 4096 = 1");
        await Assert.ThrowsAsync<QueueReadException>(() => _store.ContentAsync(id));
    }

    [Fact]
    public async Task A_database_that_is_none_is_set_aside_untouched()
    {
        string directory = _scratch.Sub("broken");
        Directory.CreateDirectory(directory);
        byte[] garbage = new byte[20_000];
        new Random(3).NextBytes(garbage);
        File.WriteAllBytes(Path.Combine(directory, "queue.db"), garbage);
        await using SqliteQueueStore after = Open(directory);
        Assert.NotNull(after.Recovery.DamagedCopy);
        Assert.Equal(garbage, File.ReadAllBytes(Path.Combine(after.Recovery.DamagedCopy, "queue.db")));
        Assert.Equal(20, (await after.ContentAsync(await after.QueueAsync(Mail.Copy("l", Mail.To("a@y.test"))))).Length);
    }

    [Fact]
    public async Task What_is_whole_in_a_damaged_database_is_saved()
    {
        string directory = _scratch.Sub("damaged");
        Dictionary<QueueId, byte[]> contents = [];
        await using (SqliteQueueStore store = Open(directory))
        {
            for (int i = 0; i < 40; i++)
            {
                byte[] content = new byte[9000];
                new Random(i).NextBytes(content);
                contents.Add(await store.QueueAsync(content, Mail.Copy("tcp_local", Mail.To($"u{i}@y.test"))), content);
            }

            await store.RecordAsync((await store.ClaimAsync(Now, limit: 1))[0], DeliveryResult.Deferred, Now, "4.2.0 - later");
            await store.SetStoppedAsync("tcp_other", true, Mail.None);
            await store.SetHostStoppedAsync("stopped.test", true, Mail.None);
        }

        // The root of the due index is overwritten: no claim could be made, yet every message is there.
        string file = Path.Combine(directory, "queue.db");
        long page = (long)Scalar(directory, "SELECT rootpage FROM sqlite_master WHERE name = 'recipient_due'")!;
        using (FileStream database = File.OpenWrite(file))
        {
            database.Position = (page - 1) * 4096;
            database.Write(Enumerable.Repeat((byte)0xA5, 4096).ToArray());
        }

        await using SqliteQueueStore after = Open(directory);
        Assert.NotNull(after.Recovery.DamagedCopy);
        Assert.Equal((40, 0), (after.Recovery.Salvaged, after.Recovery.Lost));
        foreach ((QueueId id, byte[] content) in contents) Assert.Equal(content, await after.ContentAsync(id));
        Assert.Equal(40, (await after.ClaimAsync(Now)).Length);
        Assert.Equal("4.2.0 - later", Assert.Single(await after.HistoryAsync(contents.Keys.First(), Mail.None)).Reply);
        Assert.Equal(["tcp_other"], await after.StoppedAsync(Mail.None));
        Assert.Equal(["stopped.test"], await after.StoppedHostsAsync(Mail.None));
    }

    [Fact]
    public async Task A_message_on_a_damaged_page_is_left_behind_whole()
    {
        string directory = _scratch.Sub("damaged");
        QueueId[] ids = new QueueId[3];
        await using (SqliteQueueStore store = Open(directory))
        {
            for (int i = 0; i < 3; i++)
                ids[i] = await store.QueueAsync(Enumerable.Repeat((byte)('a' + i), 250_000).ToArray(), Mail.Copy("tcp_local", Mail.To($"u{i}@y.test")));
        }

        // The chain of overflow pages of the second content is cut: its next-page pointer leads out of the file.
        string file = Path.Combine(directory, "queue.db");
        byte[] database = File.ReadAllBytes(file);
        int page = Enumerable.Range(1, (database.Length / 4096) - 1).First(p => database.AsSpan((p * 4096) + 4, 4092).IndexOfAnyExcept((byte)'b') < 0);
        database.AsSpan(page * 4096, 4).Fill(0x7F);
        File.WriteAllBytes(file, database);

        await using SqliteQueueStore after = Open(directory);
        Assert.Equal((2, 1), (after.Recovery.Salvaged, after.Recovery.Lost));
        Assert.Equal(database, File.ReadAllBytes(Path.Combine(after.Recovery.DamagedCopy!, "queue.db")));
        Assert.Equal([ids[0], ids[2]], (await after.ListAsync()).Select(e => e.Id));
        Assert.Equal(250_000, (await after.ContentAsync(ids[2])).Length);
    }

    private static object? Scalar(string directory, string sql)
    {
        using SqliteConnection connection = new($"Data Source={Path.Combine(directory, "queue.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private SqliteQueueStore Open(string directory) => SqliteQueueStore.Open(directory, _time, new SqliteQueueOptions(), faults: null);
}
