using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

public sealed class HostBackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(5);

    private readonly FakeTime _time = new();

    [Fact]
    public void Faulty_host_waits_and_is_then_probed_by_one_attempt()
    {
        HostBackoff backoff = new(_time);
        Attempt(backoff, fails: true);
        Assert.Contains("X.test", backoff.Waiting(5));
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMinutes(5), backoff.NextProbe(_time.GetUtcNow()));

        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.DoesNotContain("x.test", backoff.Waiting(5));
        Assert.Null(backoff.NextProbe(_time.GetUtcNow()));
        backoff.Started("x.test");
        Assert.Contains("x.test", backoff.Waiting(5));
    }

    [Fact]
    public void Wait_doubles_to_an_hour_and_an_answer_ends_it()
    {
        HostBackoff backoff = new(_time);
        foreach (int minutes in (int[])[5, 10, 20, 40, 60, 60])
        {
            Attempt(backoff, fails: true);
            Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMinutes(minutes), backoff.NextProbe(_time.GetUtcNow()));
            _time.Advance(TimeSpan.FromMinutes(minutes));
        }

        Attempt(backoff, fails: false);
        Assert.Empty(backoff.Waiting(5));
        Attempt(backoff, fails: true);
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMinutes(5), backoff.NextProbe(_time.GetUtcNow()));
    }

    [Fact]
    public void Attempts_that_fail_together_count_once()
    {
        HostBackoff backoff = new(_time);
        backoff.Started("x.test");
        backoff.Started("x.test");
        backoff.Failed("x.test", First);
        backoff.Failed("x.test", First);
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromMinutes(5), backoff.NextProbe(_time.GetUtcNow()));
    }

    [Fact]
    public void Host_takes_so_many_jobs_at_once()
    {
        HostBackoff backoff = new(_time);
        backoff.Started("x.test");
        Assert.Empty(backoff.Waiting(2));
        backoff.Started("x.test");
        Assert.Contains("x.test", backoff.Waiting(2));
        backoff.Ended("x.test");
        Assert.Empty(backoff.Waiting(2));
    }

    [Fact]
    public void Messages_for_a_host_with_a_rate_are_spaced()
    {
        HostBackoff backoff = new(_time);
        backoff.Started("x.test", rate: 6);
        backoff.Ended("x.test");
        Assert.Contains("x.test", backoff.Waiting(5));
        Assert.Equal(_time.GetUtcNow() + TimeSpan.FromSeconds(10), backoff.NextProbe(_time.GetUtcNow()));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty(backoff.Waiting(5));
    }

    private static void Attempt(HostBackoff backoff, bool fails)
    {
        backoff.Started("x.test");
        if (fails) backoff.Failed("x.test", First);
        else backoff.Answered("x.test");
        backoff.Ended("x.test");
    }
}
