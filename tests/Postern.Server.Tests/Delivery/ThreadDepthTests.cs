using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Callouts;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Dsn;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

public sealed class ThreadDepthTests
{
    [Theory]
    [InlineData(1, 5, 3)] // one starts; 4 wait > 1: second; 3 wait > 2: third; 2 wait, not > 3
    [InlineData(2, 5, 2)]
    [InlineData(4, 5, 1)]
    [InlineData(1, 1, 1)]
    public async Task A_host_gets_another_job_when_more_mail_waits_than_the_depth(int depth, int messages, int jobs)
    {
        FakeTime time = new();
        LiveConfiguration live = new(Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", $"threaddepth {depth}"))));
        await using MemoryQueueStore queue = new(time);
        MailPolicy Policy() => live.Policy;
        SlowDelivery slow = new();
        CalloutLoop callouts = new(new ServerCallouts(new DnsRoutines(new ScriptedDns()), new ThrottleTables(() => live.Current.Throttles, time)), time);
        using DeliveryRunner runner = new(
            queue, Policy, new DeliveryChannels(slow, slow, slow, slow, slow), new NotificationSender(queue, Policy, callouts, time, NullLogger.Instance, () => { }), new HostBackoff(time), time, NullLogger.Instance);
        for (int i = 0; i < messages; i++)
        {
            QueueId id = QueueId.New(time);
            await using IStagedMessage staged = queue.Stage(id);
            Envelope envelope = new(id, "", null, ReturnContent.Unspecified, false, BodyType.SevenBit, time.GetUtcNow(), "tcp_local", "", "", null, null);
            NewCopy copy = new("tcp_local", "", ReadOnlyMemory<byte>.Empty, null, [new NewRecipient($"u{i}@y.test", "y.test", null, DsnNotify.None, true)]);
            await queue.CommitAsync(staged, envelope, [copy], [], TestContext.Current.CancellationToken);
        }

        using CancellationTokenSource stop = new();
        Task running = Task.Run(() => runner.RunAsync(stop.Token, CancellationToken.None));

        // The runner sleeps once it has started all it may.
        await time.TimerAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(jobs, (await queue.TotalsAsync(TestContext.Current.CancellationToken)).Sum(t => t.Recipients.Claimed));
        slow.Finish();
        while ((await queue.TotalsAsync(TestContext.Current.CancellationToken)).Count > 0) await Task.Yield();
        await stop.CancelAsync();
        await running;
    }

    /// <summary>Delivers when the test says so.</summary>
    private sealed class SlowDelivery : IDeliveryChannel
    {
        private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Finish() => _done.SetResult();

        public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
        {
            await _done.Task.WaitAsync(cancellationToken);
            return [.. attempt.Copy.Recipients.Select(_ => new RecipientOutcome.Delivered("ok"))];
        }
    }
}
