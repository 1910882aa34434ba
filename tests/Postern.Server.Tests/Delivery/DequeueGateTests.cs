using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>DEQUEUE_ACCESS decides whether a delivery begins; what it puts off does not count as an attempt.</summary>
public sealed class DequeueGateTests
{
    [Fact]
    public async Task Copy_that_is_put_off_waits_so_long_and_counts_no_attempt()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: Snapshot("tcp_local|*|*|s@ext.example|*|next.test  $N$S600|Not$ at$ night"));
        QueueId id = await bench.EnqueueAsync("tcp_local", "v@next.test");
        QueuedRecipient waiting = await WaitingAsync(bench, id);
        Assert.Equal((0, bench.Time.GetUtcNow().AddSeconds(600)), (waiting.Attempts, waiting.Next));
        Assert.Contains("delivery put off by an access table", waiting.LastReply);
        Assert.Empty(bench.Smtp.Attempts);
        Assert.Contains(bench.Log.Lines, l => l.Contains("not dequeued now: Not at night [DEQUEUE_ACCESS mappings:", StringComparison.Ordinal));

        Assert.True(bench.Live.TryReplace(Site.Load(2), out _));
        bench.Time.Advance(TimeSpan.FromSeconds(600));
        await bench.SettledAsync(id, null);
        Assert.Single(bench.Smtp.Attempts);
    }

    [Fact]
    public async Task Copy_waits_while_the_table_cannot_answer()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: Snapshot("*  $[greylist,a|b|c]$E"));
        await WaitingAsync(bench, await bench.EnqueueAsync("tcp_local", "v@next.test"));
        Assert.Empty(bench.Smtp.Attempts);
    }

    [Fact]
    public async Task Other_copies_go()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: Snapshot("tcp_local|*  $N"));
        await bench.SettledAsync(await bench.EnqueueAsync("ims-ms", "bob@ims-ms-daemon"), null);
        Assert.Single(bench.Store.Attempts);
    }

    private static ConfigurationSnapshot Snapshot(string entry) => Site.Snapshot(("mappings", t => $"{t}\nDEQUEUE_ACCESS\n\n  {entry}\n"));

    private static async Task<QueuedRecipient> WaitingAsync(DeliveryBench bench, QueueId id)
    {
        while (true)
        {
            QueuedMessage message = (await bench.Queue.FindAsync(id, TestContext.Current.CancellationToken))!;
            if (message.Copies[0].Recipients[0] is { State: RecipientState.Queued, LastReply: not null } waiting) return waiting;
            await Task.Yield();
        }
    }
}
