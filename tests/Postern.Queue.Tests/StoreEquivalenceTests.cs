using System.Collections.Immutable;
using CsCheck;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>Any sequence of operations shows the same on both stores, step by step, and still the same when the one on disk was closed and opened.</summary>
public sealed class StoreEquivalenceTests
{
    private static readonly string[] Channels = ["tcp_local", "ims-ms"];
    private static readonly string[] Hosts = ["y.test", "z.test", "w.test"];

    [Fact]
    public async Task Both_stores_show_the_same_after_every_step() =>
        await Gen.Int[0, 1_000_000].Array[5, 40].SampleAsync(RunAsync, iter: 150, threads: 1);

    private static async Task RunAsync(int[] steps)
    {
        using ScratchDirectory scratch = new();
        ManualTime time = new();
        SqliteQueueStore disk = SqliteQueueStore.Open(scratch.Queue, time, new SqliteQueueOptions(), faults: null);
        await using MemoryQueueStore memory = new(time);
        IQueueStore[] stores = [disk, memory];
        List<QueueId> ids = [];
        List<QueuedCopy> claimed = [];
        try
        {
            foreach (int step in steps)
            {
                time.Advance(TimeSpan.FromSeconds(step % 600));
                string[] seen = new string[2];
                for (int i = 0; i < 2; i++)
                    seen[i] = await StepAsync(stores[i], new Random(step), time, ids, claimed, first: i == 0) + await Mail.DescribeAsync(stores[i], ids);
                Assert.Equal(seen[1], seen[0]);
            }

            string before = await Mail.DescribeAsync(disk, ids);
            await disk.DisposeAsync();
            disk = SqliteQueueStore.Open(scratch.Queue, time, new SqliteQueueOptions { LongestWait = TimeSpan.FromDays(36_500) }, faults: null);
            if (disk.Recovery.Interrupted == 0) Assert.Equal(before, await Mail.DescribeAsync(disk, ids));
        }
        finally
        {
            await disk.DisposeAsync();
        }
    }

    private static async Task<string> StepAsync(IQueueStore store, Random random, ManualTime time, List<QueueId> ids, List<QueuedCopy> claimed, bool first)
    {
        DateTimeOffset now = time.GetUtcNow();
        switch (random.Next(8))
        {
            case 0 or 1:
                if (first) ids.Add(QueueId.New(time));
                QueueId id = ids[^1];
                await using (IStagedMessage staged = store.Stage(id))
                {
                    await staged.WriteAsync(new byte[random.Next(2000)], Mail.None);
                    await store.CommitAsync(staged, Mail.Envelope(id, now) with { Priority = (MessagePriority)random.Next(4) }, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => RandomCopy(random))], [], Mail.None);
                }

                return "commit\n";
            case 2 or 3:
                QueueClaim claim = new(Channels[random.Next(2)], now, random.Next(1, 4), Hosts.Where(_ => random.Next(3) == 0).ToHashSet(), random.Next(1, 4))
                {
                    Backlog = random.Next(2) == 0 ? null : new Dictionary<string, int> { [Hosts[0]] = random.Next(4), [Hosts[1]] = random.Next(2) },
                };
                if (random.Next(4) == 0) claim = claim with { Waiting = Mail.NoHosts, Backlog = null, Host = Hosts[random.Next(3)] };
                ImmutableArray<QueuedCopy> taken = await store.ClaimAsync(claim, Mail.None);
                if (first) claimed.AddRange(taken);
                return string.Concat(taken.Select(c => Mail.Describe(c) + "\n"));
            case 4 or 5 when claimed.Count > 0:
                QueuedCopy copy = claimed[random.Next(claimed.Count)];
                await store.RecordAsync(
                    [
                        .. copy.Recipients.Select(r => new DeliveryRecord(
                            new RecipientKey(copy.CopyId, r.Number), (DeliveryResult)random.Next(6), now.AddMinutes(random.Next(-5, 20)), $"reply {random.Next(9)}", random.Next(2) == 0)),
                    ],
                    Mail.None);
                return "record\n";
            case 6:
                ImmutableArray<PendingNotification> pending = await store.PendingNotificationsAsync(Mail.None);
                if (pending.IsEmpty) return "nothing owed\n";
                PendingNotification one = pending[random.Next(pending.Length)];
                await store.SettleAsync([.. one.Recipients.Where(_ => random.Next(2) == 0).Select(r => new RecipientKey(one.CopyId, r.Number, random.Next(2) == 0))], Mail.None);
                return "settle\n";
            case 7 when random.Next(4) == 0:
                await store.SetStoppedAsync(Channels[random.Next(2)], random.Next(3) == 0, Mail.None);
                await store.SetHostStoppedAsync(Hosts[random.Next(3)], random.Next(3) == 0, Mail.None);
                return "stopped or started\n";
            default:
                if (ids.Count == 0) return "nothing to do\n";
                OperatorAction action = random.Next(5) switch
                {
                    0 => new OperatorAction.Hold("held"),
                    1 => new OperatorAction.Release(random.Next(2) == 0, random.Next(2) == 0),
                    2 => new OperatorAction.Retry(),
                    3 => new OperatorAction.Return("5.7.0 - returned", random.Next(3) == 0),
                    _ => new OperatorAction.Delete(),
                };
                return await store.ApplyAsync(ids[random.Next(ids.Count)], action) + "\n";
        }
    }

    private static NewCopy RandomCopy(Random random) => new(
        Channels[random.Next(2)],
        random.Next(4) == 0 ? "" : "bob@example.com",
        new byte[random.Next(3)],
        random.Next(5) == 0 ? "held at once" : null,
        [.. Enumerable.Range(0, random.Next(1, 6)).Select(i => Mail.To($"u{i}@y.test", Hosts[random.Next(3)], (DsnNotify)random.Next(16)))]);
}
