using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>Mail that re-enters by a channel of our own can never leave for a stranger who was not checked at the door.</summary>
public sealed class ReprocessTests
{
    [Theory]
    [InlineData("reprocess")]
    [InlineData("process")]
    [InlineData("conversion")]
    [InlineData("defragment")]
    public async Task Stranger_cannot_relay_by_a_channel_of_ours(string channel)
    {
        foreach (string address in (string[])
        [
            "v@other.example",
            $"v%other.example@{channel}-daemon",
            $"\"v@other.example\"@{channel}-daemon",
            $"other.example!v@{channel}-daemon",
            $"@{channel}-daemon:v@other.example",
            $"@{channel}-daemon,@{channel}-daemon:v@other.example",
        ])
        {
            await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"));
            QueueId id = await bench.EnqueueAsync(channel, address, from: "", isChecked: false);
            await bench.SettledAsync(id, null);
            Assert.Empty(bench.Smtp.Attempts);
        }
    }

    [Theory]
    [InlineData("reprocess")]
    [InlineData("process")]
    public async Task Recipient_checked_at_the_door_goes_out(string channel)
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"));
        QueueId id = await bench.EnqueueAsync(channel, "v@other.example");
        await bench.Smtp.AskedAsync();
        DeliveryAttempt attempt = Assert.Single(bench.Smtp.Attempts);
        Assert.Equal(("v@other.example", true), (attempt.Copy.Recipients[0].Address, attempt.Copy.Recipients[0].Checked));
        Assert.Equal((id.ToString(), "tcp_local"), (attempt.Copy.Envelope.ParentId, attempt.Copy.Envelope.SourceChannel));
        await bench.SettledAsync(id, null);
    }

    [Fact]
    public async Task Unchecked_recipient_of_an_internal_client_goes_out()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"));
        await bench.EnqueueAsync("reprocess", "v@other.example", isChecked: false, source: "tcp_intranet");
        await bench.Smtp.AskedAsync();
    }

    [Fact]
    public async Task Each_pass_leaves_a_trace_and_the_content_stays()
    {
        TaskCompletionSource<string> text = new();
        await using DeliveryBench bench = new(
            _ => new RecipientOutcome.Delivered("ok"),
            attempt =>
            {
                using StreamReader reader = new(attempt.OpenMessage(default).Result);
                text.TrySetResult(reader.ReadToEnd());
                return new RecipientOutcome.Delivered("stored");
            });
        await bench.EnqueueAsync("reprocess", "bob@example.com");
        string message = await text.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("Received: from reprocess\r\n\tby mail.example.com", message);
        Assert.EndsWith(Attempts.Letter, message);
    }

    [Fact]
    public async Task Mail_that_goes_round_between_our_channels_is_held()
    {
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: Site.Snapshot(
            ("aliases", text => text + "\nround: round2@process-daemon\nround2: round@reprocess-daemon\n")));
        await bench.EnqueueAsync("reprocess", "round@example.com");
        while (!(await bench.Queue.TotalsAsync(TestContext.Current.CancellationToken)).Any(t => t.Recipients.Held > 0)) await Task.Yield();
        Assert.Empty(bench.Smtp.Attempts);
    }
}
