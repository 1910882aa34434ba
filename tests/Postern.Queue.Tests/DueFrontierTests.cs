using System.Collections.Immutable;
using CsCheck;
using Xunit;

namespace Postern.Queue.Tests;

public sealed class DueFrontierTests
{
    private static readonly string[] Hosts = ["a.test", "b.test", "c.test", "d.test"];
    private static readonly DateTimeOffset Now = ManualTime.Start;

    private readonly DueFrontier _frontier = new();
    private readonly SortedList<DuePlace, string> _due = [];

    [Fact]
    public void What_was_walked_over_is_not_walked_over_again()
    {
        for (int i = 0; i < 1000; i++) Queue(i, i == 700 ? "b.test" : "a.test");
        Assert.Equal((700, 701), Claim(1, "a.test"));
        Assert.Equal((-1, 299), Claim(1, "a.test"));
        Assert.Equal((-1, 0), Claim(1, "a.test"));
        Queue(1000, "b.test");
        Assert.Equal((1000, 1), Claim(1, "a.test"));
    }

    [Fact]
    public void A_host_that_is_no_longer_waited_for_is_found_in_front()
    {
        for (int i = 0; i < 100; i++) Queue(i, i < 90 ? "a.test" : "b.test");
        Assert.Equal((-1, 100), Claim(1, "a.test", "b.test"));
        Assert.Equal((90, 1), Claim(1, "a.test"));
        Assert.Equal((0, 1), Claim(1, "b.test"));
        Assert.Equal((1, 1), Claim(1));
    }

    [Fact]
    public void What_is_queued_in_front_of_it_is_found()
    {
        for (int i = 10; i < 20; i++) Queue(i, "a.test");
        Assert.Equal((-1, 10), Claim(1, "a.test"));
        Queue(5, "b.test");
        Assert.Equal((5, 1), Claim(1, "a.test"));
    }

    [Fact]
    public void A_claim_for_one_host_begins_with_its_first_message()
    {
        for (int i = 0; i < 100; i++) Queue(i, i is 60 or 80 ? "b.test" : "a.test");
        Assert.Equal((-1, 100), Claim(1, "a.test", "b.test"));
        Assert.Equal((60, 1), ClaimFor("b.test"));
        Assert.Equal((80, 20), ClaimFor("b.test"));
        Assert.Equal((-1, 19), ClaimFor("b.test"));
        Assert.Equal((-1, 0), ClaimFor("b.test"));
        Assert.Equal((0, 1), ClaimFor("a.test"));
    }

    [Fact]
    public void Channels_and_ranks_have_their_own()
    {
        Queue(1, "a.test");
        Assert.Equal((-1, 1), Claim(1, "a.test"));
        Assert.Equal(new DuePlace(1, 1, 0).Behind, From(new QueueClaim("TCP_Local", Now, 1, Hosts.ToHashSet()), QueueRank.Normal));
        Assert.Equal(default, From(new QueueClaim("ims-ms", Now, 1, Hosts.ToHashSet()), QueueRank.Normal));
        Assert.Equal(default, From(new QueueClaim("tcp_local", Now, 1, Hosts.ToHashSet()), QueueRank.Urgent));
    }

    [Theory]
    [InlineData(61)]
    [InlineData(-1)]
    public void It_is_forgotten_after_a_minute_and_when_the_clock_goes_back(int seconds)
    {
        Queue(1, "a.test");
        Assert.Equal((-1, 1), Claim(1, "a.test"));
        Assert.Equal(default, From(new QueueClaim("tcp_local", Now.AddSeconds(seconds), 1, Hosts.ToHashSet()), QueueRank.Normal));
    }

    /// <summary>Whatever was queued, taken and waited for before, and by whatever clock, a claim finds what it would find without any memory.</summary>
    [Fact]
    public void It_hides_nothing() => Gen.Int[0, 1_000_000].Array[1, 120].Sample(steps =>
    {
        DueFrontierTests one = new();
        foreach (int step in steps) one.Step(new Random(step));
    }, iter: 3000);

    private void Step(Random random)
    {
        string host = Hosts[random.Next(4)];
        string[] waiting = [.. Hosts.Where(_ => random.Next(2) == 0)];
        DateTimeOffset now = new(random.Next(100), TimeSpan.Zero);
        switch (random.Next(6))
        {
            case 0 or 1:
                for (int i = random.Next(6); i >= 0; i--) Queue(random.Next(100), host);
                break;
            case 2 when _due.Count > 0:
                _due.RemoveAt(random.Next(_due.Count));
                break;
            case 3:
                Assert.Equal(First(now, h => h == host), ClaimFor(host, now).Found);
                break;
            default:
                int limit = random.Next(1, 4);
                int[] expected = [.. _due.Where(d => d.Key.Next <= now.Ticks && !waiting.Contains(d.Value)).Take(limit).Select(d => (int)d.Key.Next)];
                Assert.Equal(expected.Length == 0 ? -1 : expected[^1], Take(new QueueClaim("tcp_local", now, limit, waiting.ToHashSet())).Found);
                break;
        }
    }

    private int First(DateTimeOffset now, Func<string, bool> isWanted) => (int)_due.Where(d => d.Key.Next <= now.Ticks && isWanted(d.Value)).Select(d => d.Key.Next).FirstOrDefault(-1);

    private void Queue(int number, string host)
    {
        DuePlace place = new(number, number, 0);
        if (!_due.TryAdd(place, host)) return;
        _frontier.Queued("tcp_local", host, QueueRank.Normal, place);
    }

    private (int Found, int Walked) Claim(int limit, params string[] waiting) => Take(new QueueClaim("tcp_local", Now, limit, waiting.ToHashSet()));

    private (int Found, int Walked) ClaimFor(string host, DateTimeOffset? now = null) => Take(new QueueClaim("tcp_local", now ?? Now, 1, ImmutableHashSet<string>.Empty) { Host = host });

    /// <returns>the last that was taken, or -1; how many were walked over.</returns>
    private (int Found, int Walked) Take(QueueClaim claim)
    {
        DueWalk walk = _frontier.Walk(claim, QueueRank.Normal);
        List<DuePlace> taken = [];
        int walked = 0;
        foreach ((DuePlace place, string host) in _due.Where(d => d.Key.Next <= claim.Now.UtcTicks && d.Key.CompareTo(walk.From) >= 0))
        {
            if (taken.Count == claim.Limit) break;
            walked++;
            if (walk.Meet(place, host)) taken.Add(place);
        }

        walk.Finish(all: taken.Count < claim.Limit);
        foreach (DuePlace place in taken) _due.Remove(place);
        return (taken.Count == 0 ? -1 : (int)taken[^1].Next, walked);
    }

    private DuePlace From(QueueClaim claim, QueueRank rank) => _frontier.Walk(claim, rank).From;
}
