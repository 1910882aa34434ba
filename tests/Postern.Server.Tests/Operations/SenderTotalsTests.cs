using Postern.Queue;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Operations;

public sealed class SenderTotalsTests
{
    private static readonly DateTimeOffset Start = new FakeTime().GetUtcNow();

    [Fact]
    public void Recipients_count_where_they_stand_and_content_once_a_copy()
    {
        SenderTotals totals = new();
        totals.Add(Entry(1, 0, "Bob@example.com", RecipientState.Queued));
        totals.Add(Entry(1, 1, "Bob@example.com", RecipientState.Queued, attempts: 2));
        totals.Add(Entry(1, 2, "Bob@example.com", RecipientState.Failed));
        totals.Add(Entry(2, 0, "", RecipientState.Held));
        totals.Add(Entry(3, 0, "bob@EXAMPLE.com", RecipientState.Claimed, received: Start.AddHours(-1)));
        Assert.Equal(
            [
                new SenderTotal("Bob@example.com", 2, 20, new RecipientCounts(1, 1, 1, 0, 1), Start.AddHours(-1)),
                new SenderTotal("", 1, 10, new RecipientCounts(0, 0, 0, 1, 0), Start),
            ],
            totals.Top(10));
        Assert.Equal("Bob@example.com", Assert.Single(totals.Top(1)).From);
        Assert.Equal(0, totals.Missed);
    }

    [Fact]
    public void The_busy_sender_is_found_among_more_than_are_kept()
    {
        SenderTotals totals = new(limit: 10);
        for (int i = 0; i < 1000; i++)
        {
            totals.Add(Entry(2 * i, 0, $"rare{i}@y.test", RecipientState.Queued));
            totals.Add(Entry((2 * i) + 1, 0, "busy@y.test", RecipientState.Queued));
        }

        Assert.Equal(("busy@y.test", 1000), totals.Top(1).Select(t => (t.From, t.Recipients.Active)).Single());
        Assert.True(totals.Top(1000).Count <= 10);
        Assert.True(totals.Missed > 0);
    }

    private static QueueEntry Entry(long copy, int number, string from, RecipientState state, int attempts = 0, DateTimeOffset? received = null) => new(
        new RecipientKey(copy, number), default, "tcp_local", "y.test", state, 10, received ?? Start, attempts, Start, from, "a@y.test", null, null, "");
}
