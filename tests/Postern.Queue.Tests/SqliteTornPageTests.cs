using System.Collections.Immutable;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>A power failure in the middle of a write: the last page of the log or of the database is half old, half new, or cut off.</summary>
public sealed class SqliteTornPageTests : IAsyncDisposable
{
    private const int PageSize = 4096;
    private const int FrameHeader = 24;

    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();

    public ValueTask DisposeAsync()
    {
        _scratch.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(PageSize / 2)]
    [InlineData(PageSize - 1)]
    [InlineData(PageSize + FrameHeader - 1)]
    public async Task A_torn_last_page_of_the_log_takes_its_transaction_and_no_other(int torn)
    {
        await using SqliteQueueStore store = await OpenAsync(_scratch.Queue);
        QueueId[] safe = await QueueAsync(store, 5);
        QueueId last = await store.QueueAsync(new byte[50_000], Mail.Copy("tcp_local", Mail.To("last@y.test")));
        string killed = _scratch.Killed();
        using (FileStream log = File.OpenWrite(Path.Combine(killed, "queue.db-wal")))
        {
            log.Position = log.Length - torn;
            log.Write(Enumerable.Repeat((byte)0x5A, torn).ToArray());
        }

        await using SqliteQueueStore after = await OpenAsync(killed);
        Assert.Null(after.Recovery.DamagedCopy);
        await IsWholeAsync(after, safe);
        Assert.Null(await after.FindAsync(last, Mail.None));
    }

    [Fact]
    public async Task A_page_torn_while_the_log_was_copied_into_the_database_is_made_good_from_the_log()
    {
        await using SqliteQueueStore store = await OpenAsync(_scratch.Queue);
        QueueId[] safe = await QueueAsync(store, 20);

        // The database as a checkpoint would leave that was cut off: longer than before, its last page half written. The log is still whole.
        string killed = _scratch.Killed();
        using (FileStream database = File.OpenWrite(Path.Combine(killed, "queue.db")))
        {
            database.SetLength(database.Length + (3 * PageSize) + (PageSize / 2));
            database.Position = database.Length - PageSize;
            database.Write(Enumerable.Repeat((byte)0x5A, PageSize).ToArray());
        }

        await using SqliteQueueStore after = await OpenAsync(killed);
        Assert.Null(after.Recovery.DamagedCopy);
        await IsWholeAsync(after, safe);
    }

    [Fact]
    public async Task A_database_without_its_last_pages_is_set_aside_and_what_can_be_read_is_saved()
    {
        QueueId[] ids;
        await using (SqliteQueueStore store = await OpenAsync(_scratch.Queue)) ids = await QueueAsync(store, 30);
        string file = Path.Combine(_scratch.Queue, "queue.db");
        using (FileStream database = File.OpenWrite(file)) database.SetLength(database.Length - PageSize - (PageSize / 2));

        await using SqliteQueueStore after = await OpenAsync(_scratch.Queue);
        Assert.NotNull(after.Recovery.DamagedCopy);
        List<QueueEntry> found = await after.ListAsync();
        Assert.Equal(after.Recovery.Salvaged, found.Count);
        Assert.InRange(found.Count, 20, ids.Length);
        await IsWholeAsync(after, [.. found.Select(e => e.Id)]);
    }

    [Fact]
    public async Task What_a_start_set_aside_and_did_not_live_to_save_the_next_one_saves()
    {
        QueueId[] ids;
        await using (SqliteQueueStore store = await OpenAsync(_scratch.Queue)) ids = await QueueAsync(store, 3);
        SetAside();
        await using (SqliteQueueStore after = await OpenAsync(_scratch.Queue))
        {
            Assert.Equal((3, 0), (after.Recovery.Salvaged, after.Recovery.Lost));
            Assert.Equal(Path.Combine(_scratch.Queue, "damaged-20261101T000000"), after.Recovery.DamagedCopy);
            await IsWholeAsync(after, ids);
        }

        // Cut off behind the commit: nothing is saved twice, and nothing is taken for lost.
        File.WriteAllBytes(Path.Combine(_scratch.Queue, "damaged-20261101T000000", "unsaved"), []);
        await using (SqliteQueueStore again = await OpenAsync(_scratch.Queue))
        {
            Assert.Equal((0, 0), (again.Recovery.Salvaged, again.Recovery.Lost));
            await IsWholeAsync(again, ids);
        }

        await using SqliteQueueStore last = await OpenAsync(_scratch.Queue);
        Assert.Null(last.Recovery.DamagedCopy);
    }

    [Fact]
    public async Task A_cell_that_holds_what_nobody_wrote_costs_its_message_only()
    {
        QueueId[] ids;
        await using (SqliteQueueStore store = await OpenAsync(_scratch.Queue)) ids = await QueueAsync(store, 3);
        using (SqlSession session = SqlSession.Open(Path.Combine(_scratch.Queue, "queue.db"), Microsoft.Data.Sqlite.SqliteOpenMode.ReadWrite))
            Assert.Equal(1, session.Execute("UPDATE recipient SET attempts = 1.5 WHERE copy = (SELECT min(copy) FROM recipient)"));
        SetAside();
        await using SqliteQueueStore after = await OpenAsync(_scratch.Queue);
        Assert.Equal((2, 1), (after.Recovery.Salvaged, after.Recovery.Lost));
        await IsWholeAsync(after, ids[1..]);
    }

    /// <summary>As a start leaves it that found the database damaged, and was killed.</summary>
    private void SetAside()
    {
        string aside = Directory.CreateDirectory(Path.Combine(_scratch.Queue, "damaged-20261101T000000")).FullName;
        File.WriteAllBytes(Path.Combine(aside, "unsaved"), []);
        foreach (string file in Directory.GetFiles(_scratch.Queue, "queue.db*")) File.Move(file, Path.Combine(aside, Path.GetFileName(file)));
    }

    private static async Task<QueueId[]> QueueAsync(SqliteQueueStore store, int count)
    {
        QueueId[] ids = new QueueId[count];
        for (int i = 0; i < count; i++) ids[i] = await store.QueueAsync(Enumerable.Repeat((byte)'x', 6000).ToArray(), Mail.Copy("tcp_local", Mail.To($"u{i}@y.test")));
        return ids;
    }

    private static async Task IsWholeAsync(SqliteQueueStore store, IEnumerable<QueueId> ids)
    {
        foreach (QueueId id in ids) Assert.Equal(6000, (await store.ContentAsync(id)).Count(b => b == 'x'));
    }

    private Task<SqliteQueueStore> OpenAsync(string directory) => SqliteQueueStore.OpenAsync(directory, _time, cancellationToken: Mail.None);
}
