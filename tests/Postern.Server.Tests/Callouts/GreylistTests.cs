using Postern.Mapping.Evaluation;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Callouts;

/// <summary>Who has to come again, and for how long that is remembered.</summary>
public sealed class GreylistTests : IDisposable
{
    private const string Triple = "203.0.113.9|s@ext.example|bob@example.com";

    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTime _time = new();
    private GreylistTerms _terms = new(TimeSpan.FromMinutes(5), TimeSpan.FromDays(1), TimeSpan.FromDays(35), 100, ByNetwork: true);
    private GreylistStore _store;

    public GreylistTests() => _store = new GreylistStore(_directory.Combine("greylist.db"));

    public void Dispose()
    {
        _store.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Client_that_comes_again_in_time_is_known()
    {
        Assert.True(await HasToWaitAsync(Triple));
        _time.Advance(TimeSpan.FromMinutes(4));
        Assert.True(await HasToWaitAsync(Triple));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(await HasToWaitAsync(Triple));
        Assert.False(await HasToWaitAsync(Triple));
        _time.Advance(TimeSpan.FromDays(35));
        Assert.False(await HasToWaitAsync(Triple));
        _time.Advance(TimeSpan.FromDays(36));
        Assert.True(await HasToWaitAsync(Triple));
    }

    [Fact]
    public async Task Client_that_comes_too_late_begins_anew()
    {
        Assert.True(await HasToWaitAsync(Triple));
        _time.Advance(TimeSpan.FromHours(25));
        Assert.True(await HasToWaitAsync(Triple));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(await HasToWaitAsync(Triple));
    }

    [Theory]
    [InlineData("203.0.113.77|s@ext.example|bob@example.com", true, true)]
    [InlineData("203.0.113.77|s@ext.example|bob@example.com", false, false)]
    [InlineData("203.0.114.9|s@ext.example|bob@example.com", true, false)]
    [InlineData("::ffff:203.0.113.1|s@ext.example|bob@example.com", true, true)]
    [InlineData("203.0.113.9|S@EXT.example|bob@example.com", true, true)]
    [InlineData("203.0.113.9|t@ext.example|bob@example.com", true, false)]
    [InlineData("203.0.113.9|s@ext.example|carl@example.com", true, false)]
    public async Task Triple_is_network_sender_and_recipient(string other, bool byNetwork, bool same)
    {
        _terms = _terms with { ByNetwork = byNetwork };
        await HasToWaitAsync(Triple);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(same, !await HasToWaitAsync(other));
    }

    [Fact]
    public async Task Network_of_IPv6_is_a_64()
    {
        await HasToWaitAsync("2001:db8:1:2::3|s@ext.example|bob@example.com");
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(await HasToWaitAsync("2001:db8:1:3::3|s@ext.example|bob@example.com"));
        Assert.False(await HasToWaitAsync("2001:db8:1:2:ffff::9|s@ext.example|bob@example.com"));
    }

    [Fact]
    public async Task Memory_outlives_the_server()
    {
        await HasToWaitAsync(Triple);
        _store.Dispose();
        _store = new GreylistStore(_directory.Combine("greylist.db"));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(await HasToWaitAsync(Triple));
        Assert.Equal(1, _store.Count());
    }

    [Fact]
    public async Task Full_table_forgets_those_that_never_came_back_and_keeps_the_others()
    {
        _terms = _terms with { MaximumEntries = 3 };
        await HasToWaitAsync(Triple);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(await HasToWaitAsync(Triple));
        for (int i = 0; i < 10; i++) await HasToWaitAsync($"198.51.100.1|spam{i}@ext.example|bob@example.com");
        Assert.InRange(_store.Count(), 1, 3);
        Assert.False(await HasToWaitAsync(Triple));
    }

    [Fact]
    public async Task What_is_over_is_forgotten()
    {
        await HasToWaitAsync(Triple);
        _time.Advance(TimeSpan.FromDays(2));
        await HasToWaitAsync("198.51.100.1|t@ext.example|bob@example.com");
        Assert.Equal(1, _store.Count());
    }

    [Fact]
    public async Task File_that_cannot_be_used_cannot_tell()
    {
        Directory.CreateDirectory(_directory.Combine("taken.db"));
        using GreylistStore broken = new(_directory.Combine("taken.db"));
        Assert.IsType<CalloutAnswer.Unavailable>(await new Greylist(() => _terms, broken, _time).AskAsync(Triple, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Recipe_of_the_page_delays_strangers_and_nobody_else()
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(("mappings", t => t + """

            ORIG_MAIL_ACCESS

              TCP|*|*|*|*|SMTP*|MAIL|tcp_local|*|*|postmaster@*   $Y
              TCP|*|*|*|*|SMTP*|MAIL|tcp_local|*|*|*              $C$[greylist,$2|$5|$7]$N$X4.7.1|Please$ try$ again$ in$ five$ minutes$E

            """), ("option.dat", t => $"{t}\nREPLY_ID=0\n"));
        await using ServerBench bench = new(snapshot);
        Connection stranger = await bench.GreetAsync();
        await stranger.SayAsync("MAIL FROM:<s@ext.example>");
        Assert.Equal("250 2.1.5 recipient ok", await stranger.SayAsync("RCPT TO:<postmaster@example.com>"));
        Assert.Equal("450 4.7.1 Please try again in five minutes: bob@example.com", await stranger.SayAsync("RCPT TO:<bob@example.com>"));
        await stranger.SayAsync("RSET");
        Connection friend = await bench.GreetAsync(ServerBench.Insider);
        await friend.SayAsync("MAIL FROM:<bob@example.com>");
        Assert.StartsWith("250", await friend.SayAsync("RCPT TO:<bob@example.com>"));
        bench.Time.Advance(TimeSpan.FromMinutes(5));
        Connection again = await bench.GreetAsync("203.0.113.10");
        await again.SayAsync("MAIL FROM:<s@ext.example>");
        Assert.Equal("250 2.1.5 recipient ok", await again.SayAsync("RCPT TO:<bob@example.com>"));
    }

    private async Task<bool> HasToWaitAsync(string triple) =>
        await new Greylist(() => _terms, _store, _time).AskAsync(triple, TestContext.Current.CancellationToken) is CalloutAnswer.Success;
}
