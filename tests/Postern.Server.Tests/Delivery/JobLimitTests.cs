using Postern.Policy.Configuration;
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
}
