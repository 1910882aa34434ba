using Microsoft.Data.Sqlite;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>A disk that is full: what was taken is kept, what comes is refused, and mail is taken again when there is space.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly SmallDisk _disk = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _disk.Dispose();

    [Theory]
    [InlineData(3000)]
    [InlineData(100_000)]
    [InlineData(700_000)]
    public async Task Nothing_is_lost_on_a_full_disk_and_space_makes_it_good_again(int length)
    {
        List<QueueId> taken = [];
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        await using (SqliteQueueStore store = Open())
        {
            QueueWriteException refused = await FillAsync(store, content, taken);
            Assert.Equal(SQLitePCL.raw.SQLITE_FULL, Assert.IsType<SqliteException>(refused.InnerException).SqliteErrorCode);
            Assert.NotEmpty(taken);

            // Still full: again, and for others that waited with it.
            await Assert.ThrowsAsync<QueueWriteException>(() => QueueAsync(store, content));
            await IsWholeAsync(store, taken, content);
            _disk.GiveSpace();
            taken.Add(await RetryAsync(() => QueueAsync(store, content)));
            await IsWholeAsync(store, taken, content);
        }

        await using SqliteQueueStore after = Open();
        Assert.Null(after.Recovery.DamagedCopy);
        await IsWholeAsync(after, taken, content);
        foreach (QueuedCopy copy in await after.ClaimAsync(_time.GetUtcNow(), limit: taken.Count)) await after.RecordAsync(copy, DeliveryResult.Delivered);
        Assert.Empty(await after.ListAsync());
    }

    [Fact]
    public async Task A_queue_that_was_full_when_its_process_died_opens_and_is_whole()
    {
        List<QueueId> taken = [];
        byte[] content = new byte[20_000];
        SqliteQueueStore store = Open();
        await FillAsync(store, content, taken);
        await store.DisposeAsync();
        _disk.GiveSpace();
        await using SqliteQueueStore after = Open();
        await IsWholeAsync(after, taken, content);
    }

    private SqliteQueueStore Open() => SqliteQueueStore.Open(_disk.Queue, _time, new SqliteQueueOptions(), _disk);

    private static async Task<QueueWriteException> FillAsync(SqliteQueueStore store, byte[] content, List<QueueId> taken)
    {
        while (taken.Count < SmallDisk.Size)
        {
            try
            {
                taken.Add(await QueueAsync(store, content));
            }
            catch (QueueWriteException refused)
            {
                return refused;
            }
        }

        throw new InvalidOperationException("the disk is never full");
    }

    private static Task<QueueId> QueueAsync(SqliteQueueStore store, byte[] content) => store.QueueAsync(content, Mail.Copy("tcp_local", Mail.To("a@y.test")));

    /// <summary>The connection with the smaller limit, where that stands for the disk, ends with the next failure.</summary>
    private static async Task<QueueId> RetryAsync(Func<Task<QueueId>> queue)
    {
        try
        {
            return await queue();
        }
        catch (QueueWriteException)
        {
            return await queue();
        }
    }

    private static async Task IsWholeAsync(SqliteQueueStore store, IReadOnlyCollection<QueueId> ids, byte[] content)
    {
        Assert.Equal(ids.Order(), (await store.ListAsync()).Select(e => e.Id).Order());
        foreach (QueueId id in ids) Assert.Equal(content, await store.ContentAsync(id));
    }
}
