using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>What of a channel can be expected first, when what the store names may not go.</summary>
public sealed class ChannelTurnsTests
{
    private static readonly DateTimeOffset Now = new FakeTime().GetUtcNow();

    private readonly ChannelTurns _turns = new();

    [Fact]
    public void What_a_claim_got_instead_counts_as_long_as_the_store_names_the_same()
    {
        DueChannel stuck = new("tcp_local", QueueRank.Urgent, Now);
        Assert.Equal(stuck, _turns.Expected(stuck));
        _turns.Got(stuck, Recipient(QueueRank.Normal, Now.AddMinutes(-5)));
        Assert.Equal(stuck with { Rank = QueueRank.Normal, Next = Now.AddMinutes(-5) }, _turns.Expected(stuck));
        Assert.Equal(stuck with { Next = Now.AddSeconds(1) }, _turns.Expected(stuck with { Next = Now.AddSeconds(1) }));
    }

    [Fact]
    public void A_claim_that_got_what_was_named_leaves_nothing_behind()
    {
        DueChannel named = new("tcp_local", QueueRank.Normal, Now);
        _turns.Got(named, Recipient(QueueRank.Normal, Now.AddMinutes(1)));
        _turns.Got(named, Recipient(QueueRank.Normal, Now));
        Assert.Equal(named, _turns.Expected(named));
    }

    private static QueuedRecipient Recipient(QueueRank rank, DateTimeOffset next) =>
        new(0, "kim@y.test", "y.test", null, DsnNotify.None, true, RecipientState.Claimed, 0, next, null, null, null, false) { Rank = rank };
}
