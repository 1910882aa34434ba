using System.Text;
using MimeKit;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Replies;

namespace Postern.Server.Tests.Delivery;

public sealed class DeliveryRunnerTests
{
    private static readonly DeliveryFault Later = new(DeliveryPhase.RcptTo, new EnhancedCode(4, 2, 0), "greylisted", "mx.y.test", "450 4.2.0 greylisted");
    private static readonly DeliveryFault Never = new(DeliveryPhase.RcptTo, new EnhancedCode(5, 1, 1), "no such user", "mx.y.test", "550 5.1.1 no such user");

    [Fact]
    public async Task Delivered_message_is_gone()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"));
        QueueId id = await bench.EnqueueAsync("tcp_local", "kim@y.test");
        await bench.SettledAsync(id, null);
        Assert.Equal("kim@y.test", Assert.Single(bench.Smtp.Attempts).Copy.Recipients[0].Address);
    }

    [Fact]
    public async Task Deferred_message_is_tried_again_when_it_falls_due()
    {
        int attempts = 0;
        await using DeliveryBench bench = new(_ => Interlocked.Increment(ref attempts) == 1 ? new RecipientOutcome.Deferred(Later, false) : new RecipientOutcome.Delivered("ok"));
        QueueId id = await bench.EnqueueAsync("tcp_local", "kim@y.test");
        QueuedRecipient waiting = (await bench.SettledAsync(id, RecipientState.Queued))!;
        TimeSpan wait = waiting.Next - bench.Time.GetUtcNow();
        Assert.InRange(wait, TimeSpan.FromMinutes(4.5), TimeSpan.FromMinutes(5.5));
        Assert.Equal("4.2.0 mx.y.test 450 4.2.0 greylisted", waiting.LastReply);
        bench.Time.Advance(wait);
        bench.Wake();
        await bench.SettledAsync(id, null);
        Assert.Equal(2, bench.Smtp.Attempts.Count);
    }

    [Fact]
    public async Task Failure_is_told_to_the_sender()
    {
        await using DeliveryBench bench = new(
            _ => new RecipientOutcome.Failed(Never),
            snapshot: Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", "nosendpost"))));
        QueueId id = await bench.EnqueueAsync("tcp_local", "kim@y.test", from: "bob@example.com");
        await bench.Store.AskedAsync();
        await bench.SettledAsync(id, null);
        DeliveryAttempt notice = Assert.Single(bench.Store.Attempts);
        Assert.Equal(("", "bob@ims-ms-daemon", id.ToString()), (notice.Copy.ReversePath, notice.Copy.Recipients[0].Address, notice.Copy.Envelope.ParentId));
        Assert.Equal("process", notice.Copy.Envelope.SourceChannel);
    }

    [Fact]
    public async Task Failure_of_a_notification_is_told_to_nobody()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Failed(Never));
        QueueId id = await bench.EnqueueAsync("tcp_local", "kim@y.test", from: "");
        await bench.SettledAsync(id, null);
        Assert.Empty(bench.Store.Attempts);
        Assert.Single(bench.Smtp.Attempts);
    }

    [Fact]
    public async Task Mail_that_is_too_old_is_given_up_with_4_4_7()
    {
        TaskCompletionSource<string> told = new();
        await using DeliveryBench bench = new(
            _ => new RecipientOutcome.Deferred(Later, false),
            attempt =>
            {
                using Stream stream = attempt.OpenMessage(default).Result;
                MimeMessage message = MimeMessage.Load(stream);
                told.TrySetResult(((MessageDeliveryStatus)((MultipartReport)message.Body!)[1]).StatusGroups[1]["Status"]!);
                return new RecipientOutcome.Delivered("stored");
            });
        QueueId id = await bench.EnqueueAsync("tcp_local", "kim@y.test", from: "bob@example.com");
        await bench.SettledAsync(id, RecipientState.Queued);
        bench.Time.Advance(TimeSpan.FromDays(30));
        bench.Wake();
        Assert.Equal("4.4.7", await told.Task.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Attempt_that_breaks_is_repeated_and_stops_nobody()
    {
        await using DeliveryBench bench = new(a => a.Host == "bad.test" ? throw new InvalidOperationException("defect") : new RecipientOutcome.Delivered("ok"));
        QueueId bad = await bench.EnqueueAsync("tcp_local", "kim@bad.test", host: "bad.test");
        await bench.SettledAsync(bad, RecipientState.Queued);
        QueueId good = await bench.EnqueueAsync("tcp_local", "kim@y.test");
        await bench.SettledAsync(good, null);
    }

    [Fact]
    public async Task Mail_for_a_faulty_host_waits_without_being_tried()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Deferred(Later, HostFault: true));
        QueueId first = await bench.EnqueueAsync("tcp_local", "kim@y.test");
        await bench.SettledAsync(first, RecipientState.Queued);
        QueueId second = await bench.EnqueueAsync("tcp_local", "lee@y.test");
        QueueId other = await bench.EnqueueAsync("tcp_local", "ann@z.test", host: "z.test");
        await bench.SettledAsync(other, RecipientState.Queued);
        Assert.Equal(0, (await bench.Queue.FindAsync(second, TestContext.Current.CancellationToken))!.Copies[0].Recipients[0].Attempts);
    }

    [Theory]
    [InlineData("hold", "u@hold-daemon")]
    [InlineData("tcp_submit", "u@tcp_submit-daemon")]
    public async Task Channel_without_a_delivery_program_keeps_its_mail(string channel, string recipient)
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"));
        QueueId id = await bench.EnqueueAsync(channel, recipient);
        QueuedRecipient held = (await bench.SettledAsync(id, RecipientState.Held))!;
        Assert.NotEmpty(held.HoldReason!);
        Assert.Empty(bench.Smtp.Attempts);
    }

    [Fact]
    public async Task Bitbucket_swallows()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"));
        await bench.SettledAsync(await bench.EnqueueAsync("bitbucket", "u@bitbucket-daemon", from: "bob@example.com", notify: DsnNotify.Success), null);
        await bench.EmptyAsync();
        Assert.Empty(bench.Smtp.Attempts);
        Assert.Empty(bench.Store.Attempts);
    }
}
