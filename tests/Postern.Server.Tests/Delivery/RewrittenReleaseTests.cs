using System.Collections.Immutable;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>Mail that an operator released with a wish that it be routed anew.</summary>
public sealed class RewrittenReleaseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Address_goes_where_the_rules_say_now()
    {
        await using DeliveryBench bench = new(Held, snapshot: Site.Snapshot(("aliases", text => text + "\nmoved: v@other.example\n")));
        QueueId id = await HeldAsync(bench, "tcp_local", "moved@example.com");
        await ReleaseAsync(bench, id, new OperatorAction.Release());
        await bench.SettledAsync(id, RecipientState.Held);
        Assert.All(bench.Smtp.Attempts, a => Assert.Equal("moved@example.com", a.Copy.Recipients[0].Address));
        await ReleaseAsync(bench, id, new OperatorAction.Release(Rewrite: true));
        await bench.SettledAsync(id, null);
        QueueEntry anew = await OnlyAsync(bench, e => e.State == RecipientState.Held);
        Assert.Equal(("v@other.example", "tcp_local"), (anew.Recipient, anew.Channel));
        Assert.Equal(id.ToString(), (await bench.Queue.FindAsync(anew.Id, Cancellation))!.Envelope.ParentId);
    }

    /// <summary>Nothing changed, so it comes back to its channel, which is no loop: the new copy is delivered.</summary>
    [Fact]
    public async Task Address_that_stays_where_it_is_is_delivered()
    {
        bool works = false;
        await using DeliveryBench bench = new(attempt => Volatile.Read(ref works) ? new RecipientOutcome.Delivered("ok") : Held(attempt));
        QueueId id = await HeldAsync(bench, "tcp_local", "v@other.example");
        Volatile.Write(ref works, true);
        await ReleaseAsync(bench, id, new OperatorAction.Release(Rewrite: true));
        await bench.EmptyAsync();
        DeliveryAttempt last = bench.Smtp.Attempts.Last();
        Assert.Equal(("v@other.example", ReleaseMark.None, id.ToString()), (last.Copy.Recipients[0].Address, last.Copy.Recipients[0].Release, last.Copy.Envelope.ParentId));
    }

    [Fact]
    public async Task Only_what_was_released_so_goes_back()
    {
        await using DeliveryBench bench = new(Held, snapshot: Site.Snapshot(("aliases", text => text + "\nmoved: v@other.example\n")));
        QueueId id = await bench.EnqueueAsync("tcp_local", ["moved@example.com", "stays@next.example"]);
        await bench.SettledAsync(id, RecipientState.Held);
        long copy = (await bench.Queue.FindAsync(id, Cancellation))!.Copies[0].CopyId;

        // Both are claimed together: the next attempt is woken only when both are due.
        await bench.Queue.SetStoppedAsync("tcp_local", true, Cancellation);
        await bench.Queue.ApplyAsync([new RecipientKey(copy, 0)], new OperatorAction.Release(Rewrite: true), Cancellation);
        await bench.Queue.ApplyAsync([new RecipientKey(copy, 1)], new OperatorAction.Release(), Cancellation);
        await bench.Queue.SetStoppedAsync("tcp_local", false, Cancellation);
        bench.Wake();
        await OnlyAsync(bench, e => e.Recipient == "v@other.example" && e.State == RecipientState.Held);
        await OnlyAsync(bench, e => e.Recipient == "stays@next.example" && e is { State: RecipientState.Held, Attempts: 2 });
        QueuedMessage left = (await bench.Queue.FindAsync(id, Cancellation))!;
        Assert.Equal([RecipientState.Delivered, RecipientState.Held], left.Copies[0].Recipients.Select(r => r.State));
    }

    [Fact]
    public async Task User_of_the_message_store_is_asked_by_name_again()
    {
        await using DeliveryBench bench = new(Held, Held, snapshot: Site.Snapshot(("aliases", text => text + "\nbob: v@other.example\n")));
        QueueId id = await HeldAsync(bench, "ims-ms", "bob@ims-ms-daemon");
        await ReleaseAsync(bench, id, new OperatorAction.Release(Rewrite: true));
        await bench.SettledAsync(id, null);
        Assert.Equal("tcp_local", (await OnlyAsync(bench, e => e.Recipient == "v@other.example" && e.State == RecipientState.Held)).Channel);
    }

    /// <summary>Without the host that it was delivered to before, the address names another one, of which nobody was asked.</summary>
    [Theory]
    [InlineData("ims-ms", "v%other.example@ims-ms-daemon")]
    [InlineData("ims-ms", "other.example!v@ims-ms-daemon")]
    [InlineData("ims-ms", "\"v@other.example\"@ims-ms-daemon")]
    [InlineData("ims-ms", "@ims-ms-daemon:v@other.example")]
    [InlineData("tcp_local", "v%other.example@tcp-daemon")]
    [InlineData("tcp_local", "@tcp-daemon:v@other.example")]
    public async Task Stranger_cannot_relay_by_it(string channel, string address)
    {
        await using DeliveryBench bench = new(Held, Held);
        QueueId id = await HeldAsync(bench, channel, address, from: "");
        int before = bench.Smtp.Attempts.Count;
        await ReleaseAsync(bench, id, new OperatorAction.Release(Rewrite: true));
        await bench.EmptyAsync();
        Assert.Equal(before, bench.Smtp.Attempts.Count);
    }

    [Fact]
    public async Task Mail_in_circles_stays_unless_it_is_forced()
    {
        string letter = string.Concat(Enumerable.Repeat("Received: from a.test by b.test; Mon, 4 May 2026 08:00:00 +0000\r\n", 60)) + Attempts.Letter;
        await using DeliveryBench bench = new(Held, snapshot: Site.Snapshot(("aliases", text => text + "\nmoved: v@other.example\n")));
        QueueId id = await HeldAsync(bench, "tcp_local", "moved@example.com", letter: letter);
        await ReleaseAsync(bench, id, new OperatorAction.Release(Rewrite: true));
        await OnlyAsync(bench, e => e.Id == id && e is { State: RecipientState.Held, Attempts: 2 });
        Assert.Contains("Received", (await OnlyAsync(bench, _ => true)).HoldReason!, StringComparison.Ordinal);
        await ReleaseAsync(bench, id, new OperatorAction.Release(Force: true, Rewrite: true));
        await OnlyAsync(bench, e => e.Recipient == "v@other.example" && e.State == RecipientState.Held);
    }

    private static RecipientOutcome Held(DeliveryAttempt attempt) => new RecipientOutcome.Held("wait");

    private static async Task<QueueId> HeldAsync(DeliveryBench bench, string channel, string address, string from = "s@ext.example", string letter = Attempts.Letter)
    {
        QueueId id = await bench.EnqueueAsync(channel, address, from, letter: letter);
        await bench.SettledAsync(id, RecipientState.Held);
        return id;
    }

    private static async Task ReleaseAsync(DeliveryBench bench, QueueId id, OperatorAction.Release release)
    {
        QueuedMessage message = (await bench.Queue.FindAsync(id, Cancellation))!;
        ImmutableArray<RecipientKey> all = [.. message.Copies.SelectMany(c => c.Recipients.Select(r => new RecipientKey(c.CopyId, r.Number)))];
        Assert.Equal(all.Length, (await bench.Queue.ApplyAsync(all, release, Cancellation)).Changed);
        bench.Wake();
    }

    /// <summary>Waits until one recipient is like that.</summary>
    private static async Task<QueueEntry> OnlyAsync(DeliveryBench bench, Func<QueueEntry, bool> isLike)
    {
        while (true)
        {
            QueueEntry[] found = [.. (await bench.Queue.ListAsync(new QueueFilter(), Cancellation).ToArrayAsync(Cancellation)).Where(isLike)];
            if (found.Length == 1) return found[0];
            Cancellation.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
