using System.Collections.Concurrent;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary><c>pool</c> and <c>maxjobs</c>: how many deliveries run at once.</summary>
public sealed class JobLimitTests
{
    private const string Pools = "[POOL=LOCAL_POOL]\nJOB_LIMIT=10\n[POOL=IMS_POOL]\nJOB_LIMIT=10\n[POOL=SMTP_POOL]\nJOB_LIMIT=6\n[POOL=NARROW]\nJOB_LIMIT=3\n";

    [Theory]
    [InlineData("maxjobs 50", 6)]
    [InlineData("maxjobs 2", 2)]
    [InlineData("pool NARROW maxjobs 50", 3)]
    [InlineData("pool NARROW maxjobs 1", 1)]
    public async Task Jobs_are_limited_by_pool_and_channel(string options, int jobs)
    {
        WaitingDelivery waiting = new();
        ConfigurationSnapshot snapshot = Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", options)), ("job_controller.cnf", _ => Pools));
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: snapshot, program: _ => waiting);
        for (int i = 0; i < 10; i++) await bench.EnqueueAsync("tcp_local", "kim@y.test", host: $"host{i}.test");
        for (int i = 0; i < jobs; i++) await waiting.AskedAsync();
        await bench.Time.TimerAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(jobs, waiting.Running);
        waiting.Release();
    }

    [Fact]
    public async Task In_a_pool_the_channel_with_the_most_urgent_mail_is_next()
    {
        ConcurrentQueue<string> order = new();
        DeliveryBench? bench = null;
        ConfigurationSnapshot snapshot = Site.Snapshot(
            ("postern.cnf", text => Site.WithOptions(Site.WithOptions(text, "tcp_local", "pool SINGLE"), "ims-ms", "pool SINGLE")), ("job_controller.cnf", _ => Pools + "[POOL=SINGLE]\nJOB_LIMIT=1\n"));
        await using (bench = new DeliveryBench(Deliver, Deliver, snapshot))
        {
            await bench.EnqueueAsync("ims-ms", "first@ims-ms-daemon");
            while (order.Count < 5)
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }

        Assert.Equal(["first", "urgent", "second", "third", "slow"], order);

        RecipientOutcome Deliver(DeliveryAttempt attempt)
        {
            string user = attempt.Copy.Recipients[0].Address.Split('@')[0];
            if (user == "first") FillAsync(bench!).GetAwaiter().GetResult();
            order.Enqueue(user);
            return new RecipientOutcome.Delivered("ok");
        }
    }

    /// <summary>More mail comes while the only place is taken; completes when the scheduler has looked at it.</summary>
    private static async Task FillAsync(DeliveryBench bench)
    {
        await bench.EnqueueAsync("tcp_local", "slow@y.test", priority: MessagePriority.Nonurgent);
        await bench.EnqueueAsync("ims-ms", "second@ims-ms-daemon");
        await bench.EnqueueAsync("ims-ms", "third@ims-ms-daemon");
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        await bench.EnqueueAsync("tcp_local", "urgent@y.test", priority: MessagePriority.Urgent);
        await bench.Time.TimerAsync(TimeSpan.FromMinutes(1));
    }
}
