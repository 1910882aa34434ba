using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>MAX_CONNS_PER_HOST, MAX_RATE_PER_HOST and MAX_RCPT_PER_TRANSACTION, seen through the job controller.</summary>
public sealed class HostLimitTests
{
    [Theory]
    [InlineData("", 5)]
    [InlineData("MAX_CONNS_PER_HOST=2\n", 2)]
    [InlineData("MAX_CONNS_PER_HOST=50\n", 7)] // maxjobs 7 of the channel
    public async Task Host_has_so_many_connections_at_once(string options, int connections)
    {
        WaitingDelivery waiting = new();
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: Snapshot(options, "threaddepth 1"), program: _ => waiting);
        for (int i = 0; i < 60; i++) await bench.EnqueueAsync("tcp_local", $"u{i}@y.test");
        for (int i = 0; i < connections; i++) await waiting.AskedAsync();
        await bench.Time.TimerAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(connections, waiting.Running);
        waiting.Release();
    }

    [Fact]
    public async Task Host_with_a_rate_gets_one_message_in_its_turn()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: Snapshot("MAX_RATE_PER_HOST=6\n", ""));
        for (int i = 0; i < 3; i++) await bench.EnqueueAsync("tcp_local", $"u{i}@y.test");
        for (int i = 1; i <= 3; i++)
        {
            await bench.Smtp.AskedAsync();
            Assert.Equal(i, bench.Smtp.Attempts.Count);
            await bench.Time.TimerAsync(TimeSpan.FromSeconds(10));
            bench.Time.Advance(TimeSpan.FromSeconds(10));
        }
    }

    [Fact]
    public async Task Transaction_has_so_many_recipients()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: Snapshot("MAX_RCPT_PER_TRANSACTION=2\n", ""));
        QueueId id = QueueId.New(bench.Time);
        await using IStagedMessage staged = bench.Queue.Stage(id);
        Envelope envelope = new(id, "", null, ReturnContent.Unspecified, false, BodyType.SevenBit, bench.Time.GetUtcNow(), "tcp_local", "", "", null, null);
        NewCopy copy = new("tcp_local", "", ReadOnlyMemory<byte>.Empty, null, [.. Enumerable.Range(0, 5).Select(i => new NewRecipient($"u{i}@y.test", "y.test", null, DsnNotify.None, true))]);
        await bench.Queue.CommitAsync(staged, envelope, [copy], [], TestContext.Current.CancellationToken);
        bench.Wake();
        await bench.SettledAsync(id, null);
        Assert.Equal([2, 2, 1], bench.Smtp.Attempts.Select(a => a.Copy.Recipients.Length));
    }

    private static ConfigurationSnapshot Snapshot(string optionFile, string options) => Site.Snapshot(
        ("postern.cnf", text => Site.WithOptions(text, "tcp_local", options)), ("tcp_local_option", _ => optionFile));
}
