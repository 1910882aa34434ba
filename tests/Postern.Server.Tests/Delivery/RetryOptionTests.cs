using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Replies;

namespace Postern.Server.Tests.Delivery;

/// <summary>When a message is tried again: <c>backoff</c> and <c>notices</c> with their forms by priority.</summary>
public sealed class RetryOptionTests
{
    private const string Backoffs = "backoff \"PT10M\" urgentbackoff \"PT2M\" nonurgentbackoff \"PT50M\"";

    private static readonly DeliveryFault Later = new(DeliveryPhase.RcptTo, new EnhancedCode(4, 2, 0), "greylisted", "mx.y.test", "450 4.2.0 greylisted");

    [Theory]
    [InlineData("", "Normal", 5)]
    [InlineData("backoff \"PT10M\"", "Normal", 10)]
    [InlineData("normalbackoff \"PT7M\" backoff \"PT10M\"", "Normal", 7)]
    [InlineData(Backoffs, "Urgent", 2)]
    [InlineData(Backoffs, "Normal", 10)]
    [InlineData(Backoffs, "Nonurgent", 50)]
    [InlineData(Backoffs, "SecondClass", 50)]
    [InlineData("backoff \"PT10M\"", "Urgent", 10)]
    [InlineData("backoff \"PT9H\" notices \"PT1H\" \"P2D\" urgentnotices \"PT30M\" \"P2D\"", "Normal", 60)]
    [InlineData("backoff \"PT9H\" notices \"PT1H\" \"P2D\" urgentnotices \"PT30M\" \"P2D\"", "Urgent", 30)]
    [InlineData("backoff \"PT9H\" notices \"PT1H\" \"P2D\" nonurgentnotices \"PT3H\" \"P2D\"", "Nonurgent", 180)]
    [InlineData("backoff \"PT9H\" urgentnotices \"PT30M\" notices \"PT1H\" \"P2D\"", "Urgent", 60)] // notices overwrites what stands before it
    public async Task First_retry_comes_when_the_options_say(string options, string priority, int minutes)
    {
        await using DeliveryBench bench = new(
            _ => new RecipientOutcome.Deferred(Later, false),
            snapshot: Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", options))));
        QueueId id = await bench.EnqueueAsync("tcp_local", "kim@y.test", priority: Enum.Parse<MessagePriority>(priority));
        TimeSpan wait = (await bench.SettledAsync(id, RecipientState.Queued))!.Next - bench.Time.GetUtcNow();
        Assert.InRange(wait, TimeSpan.FromMinutes(minutes * 0.9), TimeSpan.FromMinutes(minutes * 1.1));
    }

    [Fact]
    public void Channels_without_notices_follow_all_forms_of_the_local_one()
    {
        Postern.Policy.Channels.ChannelTable table = Site.Snapshot(("postern.cnf", text => Site.WithOptions(
            text.Replace("notices 1 2 4 7", "", StringComparison.Ordinal), "l", "notices 1 2 urgentnotices 3 nonurgentnotices 5"))).Channels;
        Postern.Policy.Channels.ChannelDefinition channel = table.FindByName(new Postern.Policy.Channels.ChannelName("tcp_local"))!;
        Assert.Equal(
            [TimeSpan.FromDays(3), TimeSpan.FromDays(2), TimeSpan.FromDays(5)],
            ((MessagePriority[])[MessagePriority.Urgent, MessagePriority.Normal, MessagePriority.Nonurgent]).Select(p => RetryPlan.ScheduleOf(channel, p).Lifetime));
    }
}
