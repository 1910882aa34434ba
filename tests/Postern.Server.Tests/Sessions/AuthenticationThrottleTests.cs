using System.Net;
using Postern.Policy.Configuration;
using Postern.Server.Sessions;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>Who guesses passwords is stopped, and nobody else.</summary>
public sealed class AuthenticationThrottleTests
{
    private const string Victim = "bob@example.com";

    private static readonly AuthenticationThrottleTerms Terms = new(PerUser: 3, PerAddress: 5, PerNetwork: 8, TimeSpan.FromHours(1), MaximumEntries: 100);

    private readonly FakeTime _time = new();
    private readonly AuthenticationThrottle _throttle;

    public AuthenticationThrottleTests() => _throttle = new AuthenticationThrottle(_time);

    [Fact]
    public void Guesses_at_one_name_from_one_network_are_stopped()
    {
        Assert.Equal(3, Guesses("203.0.113.1", _ => Victim));
        Assert.True(_throttle.IsLockedOut(Terms, IPAddress.Parse("203.0.113.1"), Victim));
        Assert.Equal(0, Guesses("203.0.113.2", _ => Victim));
    }

    [Theory]
    [InlineData("203.0.113.1")]
    [InlineData("2001:db8::1")]
    public void Guesses_of_one_address_are_stopped_whatever_the_names(string client) => Assert.Equal(5, Guesses(client, n => $"user{n}"));

    [Theory]
    [InlineData("203.0.113.{0}", 8)]
    [InlineData("::ffff:203.0.113.{0}", 8)]
    [InlineData("2001:db8::{0}", 5)]
    public void Guesses_of_one_network_are_stopped_whatever_the_address_and_the_name(string clients, int looked) => Assert.Equal(
        looked, Enumerable.Range(1, 50).Count(n => Fails(string.Format(System.Globalization.CultureInfo.InvariantCulture, clients, n), $"user{n}")));

    [Fact]
    public void Failures_from_elsewhere_keep_nobody_out()
    {
        for (int network = 0; network < 200; network++) Guesses($"198.51.{network}.7", _ => Victim);
        Assert.True(Succeeds("203.0.113.1", Victim));
    }

    [Fact]
    public void Failures_of_neighbours_keep_a_user_out_nowhere_where_he_logged_in()
    {
        Assert.True(Succeeds("203.0.113.1", Victim));
        Guesses("203.0.113.1", n => $"user{n}");
        Guesses("203.0.113.2", n => $"user{n}");
        Guesses("203.0.113.3", _ => Victim);
        Assert.False(Fails("203.0.113.1", "ann@example.com"));
        Assert.True(Succeeds("203.0.113.1", Victim));
        Assert.False(Succeeds("203.0.113.9", Victim));
    }

    [Fact]
    public void Address_of_IPv6_that_changes_within_its_network_is_still_known()
    {
        Assert.True(Succeeds("2001:db8::1", Victim));
        Guesses("2001:db8::2", n => $"user{n}");
        Assert.True(Succeeds("2001:db8::abcd", Victim));
    }

    [Fact]
    public void Where_a_user_logged_in_guesses_at_his_name_are_stopped_too()
    {
        Assert.True(Succeeds("203.0.113.1", Victim));
        Assert.Equal(3, Guesses("203.0.113.1", _ => Victim));
        Assert.False(Succeeds("203.0.113.1", Victim));
    }

    [Fact]
    public void Login_counts_as_known_for_a_month()
    {
        Assert.True(Succeeds("203.0.113.1", Victim));
        _time.Advance(TimeSpan.FromDays(30));
        Guesses("203.0.113.1", n => $"user{n}");
        Assert.False(Succeeds("203.0.113.1", Victim));
    }

    [Fact]
    public void Failures_are_forgotten_evenly()
    {
        Assert.Equal(3, Guesses("203.0.113.1", _ => Victim));
        _time.Advance(TimeSpan.FromMinutes(19));
        Assert.Equal(0, Guesses("203.0.113.1", _ => Victim));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, Guesses("203.0.113.1", _ => Victim));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(3, Guesses("203.0.113.1", _ => Victim));
    }

    [Fact]
    public void Success_and_tries_that_nobody_could_judge_do_not_count()
    {
        for (int n = 0; n < 20; n++)
        {
            Assert.True(Succeeds("203.0.113.1", Victim));
            _throttle.TryBegin(Terms, IPAddress.Parse("203.0.113.7"), "ann@example.com")!.Forget();
        }

        Assert.Equal(3, Guesses("203.0.113.7", _ => "ann@example.com"));
    }

    [Fact]
    public async Task Tries_at_the_same_time_are_no_more_than_tries_one_by_one()
    {
        int begun = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), TestContext.Current.CancellationToken, (_, _) =>
        {
            if (Fails("203.0.113.1", Victim)) Interlocked.Increment(ref begun);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(3, begun);
    }

    [Fact]
    public void What_is_refused_counts_nowhere()
    {
        for (int n = 0; n < 50; n++) Fails("203.0.113.1", Victim);
        Assert.Equal(2, Guesses("203.0.113.1", n => $"user{n}"));
    }

    [Fact]
    public void Zero_is_no_limit()
    {
        AuthenticationThrottleTerms none = new(0, 0, 0, TimeSpan.FromHours(1), 100);
        for (int n = 0; n < 1000; n++) Assert.NotNull(_throttle.TryBegin(none, IPAddress.Parse("203.0.113.1"), Victim));
        Assert.False(_throttle.IsLockedOut(none, null, Victim));
    }

    [Fact]
    public void Wait_grows_with_the_failures_of_the_address()
    {
        IPAddress client = IPAddress.Parse("203.0.113.1");
        Assert.Equal([1, 2, 3, 4, 5], Enumerable.Range(0, 5).Select(n => _throttle.TryBegin(Terms, client, $"user{n}")!.Failures));
    }

    [Fact]
    public void Memory_is_bounded_and_a_flood_of_addresses_does_not_free_who_guesses_now()
    {
        Guesses("203.0.113.1", _ => Victim);
        for (int n = 0; n < 99; n++) Fails($"198.51.{n}.1", $"user{n}");
        Assert.False(Fails("203.0.113.1", Victim));
        for (int n = 0; n < 10_000; n++) Fails($"198.{18 + (n / 65536)}.{n / 256 % 256}.{n % 256}", new string('x', 1000) + n);
        Assert.InRange(_throttle.Remembered, 1, 4 * Terms.MaximumEntries);
    }

    private int Guesses(string client, Func<int, string> user) => Enumerable.Range(0, 20).Count(n => Fails(client, user(n)));

    /// <returns>whether the password was looked at.</returns>
    private bool Fails(string client, string user) => _throttle.TryBegin(Terms, IPAddress.Parse(client), user) is not null;

    private bool Succeeds(string client, string user)
    {
        AuthenticationAttempt? attempt = _throttle.TryBegin(Terms, IPAddress.Parse(client), user);
        attempt?.Succeeded();
        return attempt is not null;
    }
}
