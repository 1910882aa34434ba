using System.Runtime.Versioning;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Postern.Queue.Tests;

public sealed class SqliteFilesTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task A_second_opener_is_refused_until_the_first_has_gone()
    {
        Assert.False(SqliteQueueStore.Exists(_scratch.Queue));
        await using (SqliteQueueStore first = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time, cancellationToken: Mail.None))
        {
            Assert.True(SqliteQueueStore.Exists(_scratch.Queue));
            QueueOpenException refused = await Assert.ThrowsAsync<QueueOpenException>(() => SqliteQueueStore.OpenAsync(_scratch.Queue, _time));
            Assert.Contains("another process is using this queue", refused.Message, StringComparison.Ordinal);
            await first.QueueAsync(Mail.Copy("l", Mail.To("a@y.test")));
        }

        await using SqliteQueueStore second = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time);
        Assert.Single(await second.ListAsync());
    }

    [Fact]
    public async Task A_view_reads_beside_the_writer_and_without_it()
    {
        QueueId id;
        await using (SqliteQueueStore store = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time))
        {
            await using IQueueView beside = SqliteQueueStore.OpenReadOnly(_scratch.Queue);
            Assert.Empty(await beside.ListAsync());
            id = await store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
            Assert.Equal(id, Assert.Single(await beside.ListAsync()).Id);
            Assert.Equal("a@y.test", (await beside.FindAsync(id, Mail.None))!.Copies[0].Recipients[0].Address);
            Assert.Equal(20, (await beside.ContentAsync(id)).Length);
            await store.ApplyAsync(id, new OperatorAction.Hold("x"));
            Assert.Equal(RecipientState.Held, Assert.Single(await beside.ListAsync()).State);
        }

        await using IQueueView alone = SqliteQueueStore.OpenReadOnly(_scratch.Queue);
        Assert.Equal(id, Assert.Single(await alone.ListAsync()).Id);
    }

    [Fact]
    public async Task A_view_of_nothing_is_a_read_failure()
    {
        await using IQueueView view = SqliteQueueStore.OpenReadOnly(_scratch.Sub("none"));
        await Assert.ThrowsAsync<QueueReadException>(() => view.ListAsync());
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Files_are_closed_to_others()
    {
        await using SqliteQueueStore store = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time);
        await store.QueueAsync(Mail.Copy("l", Mail.To("a@y.test")));
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(_scratch.Queue) & ~(UnixFileMode)Convert.ToInt32("750", 8));
        string[] files = Directory.GetFiles(_scratch.Queue);
        Assert.Equal(["queue.db", "queue.db-shm", "queue.db-wal", "queue.lock"], files.Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (string file in files) Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & ~(UnixFileMode)Convert.ToInt32("640", 8));
    }

    [Fact]
    public async Task A_database_of_a_newer_release_is_refused_and_left_alone()
    {
        await (await SqliteQueueStore.OpenAsync(_scratch.Queue, _time)).DisposeAsync();
        Run("INSERT INTO migration VALUES (999, 'future', '')");
        QueueOpenException refused = await Assert.ThrowsAsync<QueueOpenException>(() => SqliteQueueStore.OpenAsync(_scratch.Queue, _time));
        Assert.Contains("newer release", refused.Message, StringComparison.Ordinal);
        Assert.True(SqliteQueueStore.Exists(_scratch.Queue));
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_an_open_failure()
    {
        File.WriteAllText(_scratch.Queue, "in the way");
        await Assert.ThrowsAsync<QueueOpenException>(() => SqliteQueueStore.OpenAsync(_scratch.Queue, _time));
    }

    [Fact]
    public async Task Numbers_are_not_given_out_twice_after_a_restart()
    {
        await using (SqliteQueueStore first = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time))
        {
            for (int i = 0; i < 3; i++) await first.QueueAsync(Mail.Copy("l", Mail.To($"u{i}@y.test")));
        }

        await using SqliteQueueStore second = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time);
        await second.QueueAsync(Mail.Copy("l", Mail.To("u3@y.test")));
        Assert.Equal(4, (await second.ClaimAsync(_time.GetUtcNow(), "l")).Select(c => c.CopyId).Distinct().Count());
    }

    [Fact]
    public async Task A_stopped_channel_is_stopped_after_a_restart()
    {
        await using (SqliteQueueStore first = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time)) await first.SetStoppedAsync("tcp_local", true, Mail.None);
        await using SqliteQueueStore second = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time);
        await second.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        Assert.Equal(["tcp_local"], await second.StoppedAsync(Mail.None));
        Assert.Empty(await second.ClaimAsync(_time.GetUtcNow()));
    }

    [Fact]
    public async Task A_database_of_the_first_form_is_counted_when_it_is_brought_up_to_date()
    {
        await using (SqliteQueueStore store = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time))
        {
            await store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@z.test", "z.test")));
            await store.ApplyAsync(await store.QueueAsync(Mail.Copy("ims-ms", Mail.To("c@x.test"))), new OperatorAction.Hold("why"));
        }

        Run("""
            DROP TABLE channel_total; DROP TABLE host_total; DROP TABLE stopped;
            DROP INDEX recipient_channel; DROP INDEX recipient_host; DROP INDEX recipient_held;
            DROP TABLE attempt; DROP TABLE stopped_host; ALTER TABLE recipient DROP COLUMN released;
            DROP INDEX recipient_aging; DROP INDEX recipient_due; ALTER TABLE recipient DROP COLUMN rank; ALTER TABLE message DROP COLUMN priority;
            CREATE INDEX recipient_due ON recipient (channel, next, copy, number, host) WHERE state = 0;
            DELETE FROM migration WHERE name > '0003';
            """);
        await using SqliteQueueStore newer = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time);
        Assert.Equal(
            [
                new ChannelTotal("ims-ms", 1, 20, new RecipientCounts(0, 0, 0, 1, 0), ManualTime.Start),
                new ChannelTotal("tcp_local", 1, 20, new RecipientCounts(2, 0, 0, 0, 0), ManualTime.Start),
            ],
            await newer.TotalsAsync(Mail.None));
    }

    [Fact]
    public async Task Space_of_a_backlog_that_is_gone_goes_back_to_the_file_system()
    {
        string database = Path.Combine(_scratch.Queue, "queue.db");
        await using (SqliteQueueStore store = SqliteQueueStore.Open(_scratch.Queue, _time, new SqliteQueueOptions { KeptFreeBytes = 1024 * 1024 }, faults: null))
        {
            QueueId[] ids = new QueueId[20];
            for (int i = 0; i < ids.Length; i++) ids[i] = await store.QueueAsync(new byte[250_000], Mail.Copy("tcp_local", Mail.To("a@y.test")));
            foreach (QueueId id in ids) await store.ApplyAsync(id, new OperatorAction.Delete());
            await store.QueueAsync(Mail.Copy("tcp_local", Mail.To("last@y.test")));
        }

        Assert.InRange(new FileInfo(database).Length, 1, 2_500_000);
        await using SqliteQueueStore after = await SqliteQueueStore.OpenAsync(_scratch.Queue, _time);
        Assert.Null(after.Recovery.DamagedCopy);
        Assert.Equal(20, (await after.ContentAsync(Assert.Single(await after.ListAsync()).Id)).Length);
    }

    private void Run(string sql)
    {
        using SqliteConnection connection = new($"Data Source={Path.Combine(_scratch.Queue, "queue.db")};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
