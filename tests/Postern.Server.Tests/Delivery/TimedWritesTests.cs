using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>How long a next hop may take over content: three minutes for a write, ten minutes and a second for each 500 octets for all of it.</summary>
public sealed class TimedWritesTests
{
    private const int Block = 30_000;
    private static readonly TimeSpan Earned = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Write = TimeSpan.FromMinutes(3);

    private readonly FakeTime _time = new();
    private readonly SlowPeer _peer = new();

    [Fact]
    public async Task Write_has_three_minutes_and_no_more()
    {
        TimedWrites output = new(_peer, _time);
        await TakenAfterAsync(output, Write - TimeSpan.FromTicks(1));
        await RefusedAfterAsync(output, Write);
    }

    [Fact]
    public async Task Content_at_a_drip_ends_when_its_length_has_earned_no_more()
    {
        TimedWrites output = new(_peer, _time);
        TimeSpan each = TimeSpan.FromSeconds(170), spent = TimeSpan.Zero, earned = TimeSpan.FromMinutes(10) + Earned;
        for (; spent + each < earned; spent += each, earned += Earned) await TakenAfterAsync(output, each);
        await RefusedAfterAsync(output, earned - spent);
        Assert.Equal(earned, _time.GetUtcNow() - new FakeTime().GetUtcNow());
    }

    [Fact]
    public async Task Content_as_fast_as_it_must_be_has_no_end()
    {
        TimedWrites output = new(_peer, _time);
        for (int i = 0; i < 2000; i++) await TakenAfterAsync(output, Earned);
    }

    [Fact]
    public async Task Time_that_passed_between_writes_counts()
    {
        TimedWrites output = new(_peer, _time);
        _time.Advance(TimeSpan.FromMinutes(11));
        await Assert.ThrowsAsync<SmtpPeerException>(async () => await output.WriteAsync(new byte[Block], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Who_stops_the_delivery_is_told_so()
    {
        using CancellationTokenSource stop = new();
        ValueTask write = new TimedWrites(_peer, _time).WriteAsync(new byte[Block], stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await write);
    }

    private async Task TakenAfterAsync(TimedWrites output, TimeSpan wait)
    {
        ValueTask write = output.WriteAsync(new byte[Block], TestContext.Current.CancellationToken);
        _time.Advance(wait);
        _peer.Take();
        await write;
    }

    private async Task RefusedAfterAsync(TimedWrites output, TimeSpan wait)
    {
        ValueTask write = output.WriteAsync(new byte[Block], TestContext.Current.CancellationToken);
        _time.Advance(wait - TimeSpan.FromTicks(1));
        Assert.False(write.IsCompleted);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True((await Assert.ThrowsAsync<SmtpPeerException>(async () => await write)).IsTimeout);
    }

    /// <summary>Takes a block when it is told to.</summary>
    private sealed class SlowPeer : MemoryStream
    {
        private readonly SemaphoreSlim _taken = new(0);

        public void Take() => _taken.Release();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => await _taken.WaitAsync(cancellationToken);
    }
}
