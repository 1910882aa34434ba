using System.Collections.Immutable;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>What every store must do, whatever it is made of.</summary>
public abstract partial class QueueStoreContract : IAsyncLifetime
{
    private IQueueStore? _store;

    internal ManualTime Time { get; } = new();

    protected IQueueStore Store => _store!;

    private DateTimeOffset Now => Time.GetUtcNow();

    protected abstract IQueueStore Open();

    public ValueTask InitializeAsync()
    {
        _store = Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        CleanUp();
        GC.SuppressFinalize(this);
    }

    protected virtual void CleanUp()
    {
    }

    [Fact]
    public async Task Staged_content_is_invisible_until_committed()
    {
        QueueId id = QueueId.New(Time);
        await using IStagedMessage staged = Store.Stage(id);
        await staged.WriteAsync(new byte[700_000], Mail.None);
        Assert.Equal(700_000, staged.Length);
        Assert.Empty(await Store.ListAsync());
        Assert.Null(await Store.FindAsync(id, Mail.None));
        Assert.Empty(await Store.ClaimAsync(Now));
        await Assert.ThrowsAsync<QueueReadException>(() => Store.OpenContentAsync(id, Mail.None));
    }

    [Fact]
    public async Task Everything_given_comes_back()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("kim@y.test", "MX.Y.Test", DsnNotify.Failure | DsnNotify.Delay) with { ShownAs = "kims@example.com" }));
        QueuedCopy copy = Assert.Single(await Store.ClaimAsync(Now));
        Assert.Equal(Mail.Envelope(id), copy.Envelope);
        Assert.Equal("tcp_local", copy.Channel);
        Assert.Equal("bob@example.com", copy.ReversePath);
        Assert.Equal("Received: here\r\n"u8.ToArray(), copy.HeaderBlock!.Value.ToArray());
        Assert.Equal(20, copy.Size);
        Assert.Equal(
            new QueuedRecipient(
                0, "kim@y.test", "mx.y.test", "rfc822;kim@y.test", DsnNotify.Failure | DsnNotify.Delay, true, RecipientState.Claimed, 0, Now, null, null, null, false, "kims@example.com"),
            Assert.Single(copy.Recipients));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(262_143)]
    [InlineData(262_144)]
    [InlineData(262_145)]
    [InlineData(1_000_000)]
    public async Task Content_of_any_length_is_kept_as_it_came(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        QueueId id = QueueId.New(Time);
        await using (IStagedMessage staged = Store.Stage(id))
        {
            foreach (byte[] part in content.Chunk(70_001)) await staged.WriteAsync(part, Mail.None);
            await Store.CommitAsync(staged, Mail.Envelope(id), [Mail.Copy("tcp_local", Mail.To("kim@y.test"))], [], Mail.None);
        }

        Assert.Equal(content, await Store.ContentAsync(id));
        Assert.Equal(length, (await Store.FindAsync(id, Mail.None))!.Size);
    }

    [Fact]
    public async Task The_writers_buffers_may_be_used_again()
    {
        QueueId id = QueueId.New(Time);
        byte[] content = "one"u8.ToArray();
        byte[] block = "X: one\r\n"u8.ToArray();
        await using IStagedMessage staged = Store.Stage(id);
        await staged.WriteAsync(content, Mail.None);
        content.AsSpan().Clear();
        await Store.CommitAsync(staged, Mail.Envelope(id), [new NewCopy("tcp_local", "", block, null, [Mail.To("a@y.test")])], [], Mail.None);
        block.AsSpan().Clear();
        Assert.Equal("one"u8.ToArray(), await Store.ContentAsync(id));
        Assert.Equal("X: one\r\n"u8.ToArray(), (await Store.FindAsync(id, Mail.None))!.Copies[0].HeaderBlock!.Value.ToArray());
    }

    [Fact]
    public async Task A_copy_without_header_block_has_none()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")) with { HeaderBlock = default });
        Assert.Null(Assert.Single(await Store.ClaimAsync(Now)).HeaderBlock);
    }

    [Fact]
    public async Task An_id_can_be_used_once()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await using IStagedMessage again = Store.Stage(id);
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.CommitAsync(again, Mail.Envelope(id), [Mail.Copy("l", Mail.To("b@y.test"))], [], Mail.None));
        Assert.Single(await Store.ListAsync());
    }

    [Fact]
    public async Task A_message_is_committed_once()
    {
        QueueId id = QueueId.New(Time);
        await using IStagedMessage staged = Store.Stage(id);
        await Store.CommitAsync(staged, Mail.Envelope(id), [Mail.Copy("l", Mail.To("b@y.test"))], [], Mail.None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.CommitAsync(staged, Mail.Envelope(id), [Mail.Copy("l", Mail.To("b@y.test"))], [], Mail.None));
    }

    [Fact]
    public async Task A_message_needs_its_own_envelope_and_recipients()
    {
        QueueId id = QueueId.New(Time);
        await using IStagedMessage staged = Store.Stage(id);
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(staged, Mail.Envelope(QueueId.New(Time)), [Mail.Copy("l", Mail.To("b@y.test"))], [], Mail.None));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(staged, Mail.Envelope(id), [], [], Mail.None));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(staged, Mail.Envelope(id), [Mail.Copy("l")], [], Mail.None));
    }

    [Fact]
    public async Task An_abandoned_message_leaves_nothing_and_its_id_stays_free()
    {
        QueueId id = QueueId.New(Time);
        await using (IStagedMessage staged = Store.Stage(id)) await staged.WriteAsync(new byte[600_000], Mail.None);
        await using IStagedMessage again = Store.Stage(id);
        await again.WriteAsync("short"u8.ToArray(), Mail.None);
        await Store.CommitAsync(again, Mail.Envelope(id), [Mail.Copy("l", Mail.To("a@y.test"))], [], Mail.None);
        Assert.Equal("short"u8.ToArray(), await Store.ContentAsync(id));
    }

    [Fact]
    public async Task Many_sessions_at_once_lose_nothing()
    {
        QueueId[] ids = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => Store.QueueAsync(Mail.Copy("tcp_local", Mail.To($"u{i}@y.test"))))));
        Assert.Equal(ids.Order(), (await Store.ListAsync()).Select(e => e.Id).Order());
        ImmutableArray<QueuedCopy>[] claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Store.ClaimAsync(Now, limit: 10))));
        Assert.Equal(64, claims.SelectMany(c => c).Select(c => c.CopyId).Distinct().Count());
        Assert.Equal(64, claims.Sum(c => c.Length));
    }
}
