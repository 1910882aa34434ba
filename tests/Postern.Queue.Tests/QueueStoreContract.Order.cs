using System.Collections.Immutable;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>The order in which due mail is given out.</summary>
public abstract partial class QueueStoreContract
{
    [Fact]
    public async Task The_priority_of_a_message_is_kept()
    {
        QueueId id = await QueueAsync(MessagePriority.Nonurgent, "a");
        Assert.Equal(MessagePriority.Nonurgent, (await Store.FindAsync(id, Mail.None))!.Envelope.Priority);
        Assert.Equal(MessagePriority.Nonurgent, Assert.Single(await Store.ClaimAsync(Now)).Envelope.Priority);
    }

    [Fact]
    public async Task Urgent_mail_is_given_out_first_and_nonurgent_mail_last()
    {
        await QueueAsync(MessagePriority.SecondClass, "slowest");
        await QueueAsync(MessagePriority.Nonurgent, "slow");
        await QueueAsync(MessagePriority.Normal, "usual");
        await QueueAsync(MessagePriority.Urgent, "quick");
        Time.Advance(TimeSpan.FromMinutes(1));
        await QueueAsync(MessagePriority.Urgent, "quick2");
        await QueueAsync(MessagePriority.Normal, "usual2");
        Assert.Equal(["quick", "quick2", "usual", "usual2", "slow", "slowest"], await OrderAsync());
    }

    [Fact]
    public async Task Mail_of_an_hour_counts_as_normal()
    {
        await QueueAsync(MessagePriority.Nonurgent, "slow");
        Time.Advance(TimeSpan.FromMinutes(1));
        await QueueAsync(MessagePriority.Urgent, "quick");
        Time.Advance(TimeSpan.FromMinutes(30));
        await QueueAsync(MessagePriority.Normal, "usual");
        Time.Advance(TimeSpan.FromMinutes(29));
        await QueueAsync(MessagePriority.Urgent, "quick2");
        await QueueAsync(MessagePriority.Nonurgent, "slow2");

        // The first is an hour old now, and the second is not.
        Assert.Equal(["quick"], await OrderAsync(limit: 1));
        await Store.RecordAsync(_lastClaimed, DeliveryResult.GivenBack);
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["quick2", "slow", "quick", "usual", "slow2"], await OrderAsync());
    }

    [Fact]
    public async Task Old_mail_that_is_queued_anew_counts_as_normal_at_once()
    {
        await QueueAsync(MessagePriority.Normal, "usual");
        Time.Advance(TimeSpan.FromSeconds(1));
        await QueueAsync(MessagePriority.Urgent, "old", Now.AddHours(-1));
        await QueueAsync(MessagePriority.Urgent, "young", Now.AddMinutes(-59));
        Assert.Equal(["young", "usual", "old"], await OrderAsync());
    }

    [Fact]
    public async Task Released_mail_goes_in_front_of_urgent_mail_once()
    {
        QueueId id = await QueueAsync(MessagePriority.Nonurgent, "slow");
        await Store.ApplyAsync(id, new OperatorAction.Hold("wait"));
        await QueueAsync(MessagePriority.Urgent, "quick");
        await Store.ApplyAsync(id, new OperatorAction.Release(Force: false));
        Assert.Equal(QueueRank.First, Assert.Single(await Store.DueChannelsAsync(Now, Mail.None)).Rank);
        Assert.Equal(["slow"], await OrderAsync(limit: 1));
        await Store.RecordAsync(_lastClaimed, DeliveryResult.Deferred, Now);
        Assert.Equal(["quick", "slow"], await OrderAsync());
    }

    [Fact]
    public async Task Channels_come_in_the_order_of_what_each_has_first()
    {
        await QueueAsync(MessagePriority.Normal, "usual", channel: "b");
        await QueueAsync(MessagePriority.Nonurgent, "slow", channel: "a");
        Time.Advance(TimeSpan.FromMinutes(1));
        await QueueAsync(MessagePriority.Normal, "usual2", channel: "a2");
        await QueueAsync(MessagePriority.Urgent, "quick", channel: "c");
        await QueueAsync(MessagePriority.Nonurgent, "slow2", channel: "c");
        Assert.Equal(
            [
                new DueChannel("c", QueueRank.Urgent, Now), new DueChannel("b", QueueRank.Normal, Now.AddMinutes(-1)), new DueChannel("a2", QueueRank.Normal, Now),
                new DueChannel("a", QueueRank.Nonurgent, Now.AddMinutes(-1)),
            ],
            await Store.DueChannelsAsync(Now, Mail.None));
        Assert.Equal(["b", "a"], (await Store.DueChannelsAsync(Now.AddMinutes(-1), Mail.None)).Select(d => d.Name));
    }

    [Fact]
    public async Task The_next_due_time_is_of_any_rank()
    {
        await QueueAsync(MessagePriority.Urgent, "quick");
        await QueueAsync(MessagePriority.Normal, "usual");
        await OrderAsync(limit: 1);
        await Store.RecordAsync(_lastClaimed, DeliveryResult.Deferred, Now.AddMinutes(3));
        Assert.Equal(Now.AddMinutes(3), await Store.NextDueAsync(Now, Mail.None));
    }

    private QueuedCopy _lastClaimed = null!;

    private async Task<QueueId> QueueAsync(MessagePriority priority, string user, DateTimeOffset? received = null, string channel = "tcp_local")
    {
        QueueId id = QueueId.New(Time);
        await using IStagedMessage staged = Store.Stage(id);
        await staged.WriteAsync("Subject: x\r\n\r\n"u8.ToArray(), Mail.None);
        await Store.CommitAsync(staged, Mail.Envelope(id, received ?? Now) with { Priority = priority }, [Mail.Copy(channel, Mail.To($"{user}@y.test"))], [], Mail.None);
        return id;
    }

    private async Task<IEnumerable<string>> OrderAsync(int limit = 100)
    {
        ImmutableArray<QueuedCopy> claimed = await Store.ClaimAsync(Now, limit: limit);
        _lastClaimed = claimed[^1];
        return claimed.Select(c => c.Recipients[0].Address.Split('@')[0]);
    }
}
