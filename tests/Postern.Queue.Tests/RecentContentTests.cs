using Xunit;

namespace Postern.Queue.Tests;

public sealed class RecentContentTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = ManualTime.Start;

    private readonly ScratchDirectory _scratch = new();
    private readonly RecentContent _recent = new();
    private SqliteQueueStore? _store;

    private SqliteQueueStore Store => _store!;

    public ValueTask InitializeAsync()
    {
        _store = SqliteQueueStore.Open(_scratch.Queue, new ManualTime(), new SqliteQueueOptions(), faults: null);
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public void Content_is_given_out_once()
    {
        byte[] content = [1, 2, 3];
        _recent.Add(7, content);
        Assert.Null(_recent.Take(6));
        Assert.Same(content, _recent.Take(7));
        Assert.Null(_recent.Take(7));
    }

    [Fact]
    public void The_oldest_gives_way_and_what_was_taken_makes_room()
    {
        int fit = RecentContent.Room / RecentContent.Longest;
        byte[] content = new byte[RecentContent.Longest];
        for (int i = 0; i < fit; i++) _recent.Add(i, content);
        Assert.Same(content, _recent.Take(3));
        _recent.Add(fit, content);
        _recent.Add(fit + 1, content);
        Assert.Null(_recent.Take(0));
        Assert.All(Enumerable.Range(1, fit + 1).Where(i => i != 3), i => Assert.Same(content, _recent.Take(i)));
    }

    [Fact]
    public void Long_content_is_not_kept()
    {
        _recent.Add(1, new byte[RecentContent.Longest + 1]);
        Assert.Null(_recent.Take(1));
    }

    [Fact]
    public async Task A_first_claim_brings_the_content_along_and_a_second_leaves_it_to_be_read()
    {
        byte[] content = "Subject: x\r\n\r\nbody\r\n"u8.ToArray();
        await Store.QueueAsync(content, Mail.Copy("tcp_local", Mail.To("a@y.test")));
        QueuedCopy first = Assert.Single(await Store.ClaimAsync(Now));
        Assert.Equal(content, first.Content);
        await Store.RecordAsync(first, DeliveryResult.Deferred, Now);
        QueuedCopy second = Assert.Single(await Store.ClaimAsync(Now));
        Assert.Null(second.Content);
        await using Stream read = await Store.OpenContentAsync(second.Envelope.Id, Mail.None);
        byte[] again = new byte[content.Length];
        await read.ReadExactlyAsync(again, Mail.None);
        Assert.Equal(content, again);
    }

    [Fact]
    public async Task Content_of_several_chunks_is_left_to_be_read()
    {
        await Store.QueueAsync(new byte[QueueNumbers.ChunkSize + 1], Mail.Copy("tcp_local", Mail.To("a@y.test")));
        Assert.Null(Assert.Single(await Store.ClaimAsync(Now)).Content);
    }

    [Fact]
    public async Task A_message_that_could_not_be_queued_leaves_nothing_behind()
    {
        await using IStagedMessage staged = Store.Stage(await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"))));
        await staged.WriteAsync("Subject: twice\r\n\r\n"u8.ToArray(), Mail.None);
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.CommitAsync(staged, Mail.Envelope(staged.Id), [Mail.Copy("tcp_local", Mail.To("b@y.test"))], [], Mail.None));
        Assert.Equal("Subject: x\r\n\r\nbody\r\n"u8.ToArray(), Assert.Single(await Store.ClaimAsync(Now)).Content);
    }
}
