using System.Text;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>Whoever errs waits, whoever guesses is stopped, and the log tells of both.</summary>
public sealed class FailedAuthenticationTests : IAsyncDisposable
{
    private const string Wrong = "535 5.7.8 authentication credentials invalid";
    private const string TooMany = "454 4.7.0 too many failed authentications, try again later";

    private ServerBench? _bench;
    private SocketBench? _server;

    [Fact]
    public async Task Failure_waits_longer_each_time_also_in_the_next_session()
    {
        await StartAsync("ERROR_DELAY=5");
        await using SocketDialogue client = await OpenAsync();
        await FailsAsync(client, 5, Wrong);
        await FailsAsync(client, 10, Wrong);
        await FailsAsync(client, 15, "421 4.7.0 too many errors, closing connection");
        Assert.Null(await client.ReplyAsync());
        await using SocketDialogue again = await OpenAsync();
        await FailsAsync(again, 20, Wrong);
        await using SocketDialogue other = await OpenAsync("198.51.100.7");
        await FailsAsync(other, 5, Wrong);
    }

    [Fact]
    public async Task Bad_commands_wait_from_the_third_on()
    {
        await StartAsync("ERROR_DELAY=5");
        Connection client = await _bench!.GreetAsync();
        Assert.StartsWith("500", await client.SayAsync("XYZZY"));
        Assert.StartsWith("500", await client.SayAsync("XYZZY"));
        await client.SendAsync("XYZZY\r\n");
        await _bench.Time.TimerAsync(TimeSpan.FromSeconds(5));
        Assert.False(client.HasUnreadReply);
        _bench.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.StartsWith("500", await client.ReplyAsync());
        Assert.StartsWith("250", await client.SayAsync("NOOP"));
    }

    [Fact]
    public async Task After_too_many_failures_a_right_password_is_not_looked_at_and_time_heals()
    {
        await StartAsync("AUTH_FAILURES_PER_USER=2\nAUTH_FAILURE_PERIOD=600");
        await using SocketDialogue client = await OpenAsync();
        Assert.Equal(Wrong, await client.SayAsync(Plain("no")));
        Assert.Equal(Wrong, await client.SayAsync(Plain("no")));
        await using SocketDialogue again = await OpenAsync();
        Assert.Equal(TooMany, await again.SayAsync(Plain(Site.Password)));
        Assert.Equal(TooMany, await again.SayAsync(Plain(Site.Password, "BOB")));
        Assert.Equal(Wrong, await (await OpenAsync()).SayAsync(Plain("no", "ann")));
        await using SocketDialogue elsewhere = await OpenAsync("198.51.100.7");
        Assert.StartsWith("235", await elsewhere.SayAsync(Plain(Site.Password)));
        _bench!.Time.Advance(TimeSpan.FromMinutes(5));
        await using SocketDialogue later = await OpenAsync();
        Assert.StartsWith("235", await later.SayAsync(Plain(Site.Password)));
        Assert.Equal(
            ["refused", "refused", "too many failures", "too many failures", "refused", "accepted", "accepted"],
            (await _bench.TransactionsAsync()).Where(l => l.Contains("\"ac\":\"U", StringComparison.Ordinal)).Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("di").GetString()));
    }

    [Fact]
    public async Task Refused_client_is_disconnected_too()
    {
        await StartAsync("AUTH_FAILURES_PER_ADDRESS=1");
        await using SocketDialogue client = await OpenAsync();
        Assert.Equal(Wrong, await client.SayAsync(Plain("no")));
        Assert.Equal(TooMany, await client.SayAsync(Plain(Site.Password)));
        Assert.StartsWith("421 4.7.0", await client.SayAsync(Plain(Site.Password)));
        Assert.Null(await client.ReplyAsync());
    }

    [Fact]
    public async Task Scram_is_stopped_before_it_shows_a_salt()
    {
        await StartAsync("AUTH_FAILURES_PER_USER=1");
        await using SocketDialogue client = await OpenAsync();
        Assert.Equal(Wrong, await client.SayAsync(Plain("no")));
        Assert.Equal(TooMany, await client.SayAsync($"AUTH SCRAM-SHA-256 {Base64("n,,n=bob@example.com,r=abc")}"));
    }

    /// <summary>With what SCRAM says, whoever reads a log could try passwords at leisure.</summary>
    [Fact]
    public async Task No_log_shows_what_was_said_in_an_exchange()
    {
        _bench = new ServerBench(Site.Snapshot(("postern.cnf", t => Site.WithOptions(t, "tcp_local", "slave_debug"))), withTls: true);
        _server = await SocketBench.StartAsync(_bench, isProxied: true);
        await using SocketDialogue client = await OpenAsync();
        string first = Base64("n,,n=bob@example.com,r=abc");
        string asked = (await client.SayAsync($"AUTH SCRAM-SHA-256 {first}"))!;
        string nonce = Encoding.UTF8.GetString(Convert.FromBase64String(asked[4..])).Split(',')[0];
        string final = Base64($"c=biws,{nonce},p={Convert.ToBase64String(new byte[32])}");
        Assert.Equal(Wrong, await client.SayAsync(final));
        Assert.Equal("334 ", await client.SayAsync("AUTH SCRAM-SHA-256"));
        Assert.Equal(asked[..8], (await client.SayAsync(first))![..8]);
        await client.SayAsync("*");
        await client.SayAsync(Plain("secret guess"));
        string[] lines = [.. _bench.Log.Lines, .. await _bench.TransactionsAsync()];
        Assert.Contains(lines, l => l.EndsWith("C: AUTH SCRAM-SHA-256 ...", StringComparison.Ordinal));
        foreach (string secret in (string[])[first, asked[4..], nonce, final, Plain("secret guess")[11..], "secret guess"])
            Assert.DoesNotContain(lines, l => l.Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unknown_users_are_asked_by_scram_like_known_ones_the_same_each_time()
    {
        await StartAsync("REPLY_ID=0");
        string known = await AskedAsync("bob@example.com"), unknown = await AskedAsync("nobody@example.com"), withoutLogin = await AskedAsync("carl@example.com");
        Assert.Equal(unknown, await AskedAsync("nobody@example.com"));
        Assert.Equal(unknown, await AskedAsync("Nobody"));
        Assert.Equal(3, new HashSet<string>([known, unknown, withoutLogin], StringComparer.Ordinal).Count);
        Assert.Equal([known.Length, known.Length], [unknown.Length, withoutLogin.Length]);
        Assert.All([known, unknown, withoutLogin], a => Assert.EndsWith(",i=1", a));

        // Not the salt of zeros that bob has; anything else would do.
        Assert.StartsWith("s=AAAAAAAAAAAAAAAAAAAAAA==", known);
        Assert.DoesNotContain("AAAAAA", unknown);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_bench is not null) await _bench.DisposeAsync();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string Plain(string password, string user = "bob@example.com") => $"AUTH PLAIN {Base64($"\0{user}\0{password}")}";

    /// <summary>Salt and cost, as SCRAM tells them.</summary>
    private async Task<string> AskedAsync(string user)
    {
        await using SocketDialogue client = await OpenAsync();
        string reply = (await client.SayAsync($"AUTH SCRAM-SHA-256 {Base64($"n,,n={user},r=abc")}"))!;
        Assert.StartsWith("334 ", reply);
        string[] parts = Encoding.UTF8.GetString(Convert.FromBase64String(reply[4..])).Split(',', 2);
        Assert.Matches("^r=abc[A-Za-z0-9+/]{24}$", parts[0]);
        return parts[1];
    }

    private async Task FailsAsync(SocketDialogue client, int seconds, string reply)
    {
        await client.SendAsync(Plain("no") + "\r\n");
        await _bench!.Time.TimerAsync(TimeSpan.FromSeconds(seconds));
        _bench.Time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.Equal(reply, await client.ReplyAsync());
    }

    private async Task StartAsync(string options)
    {
        _bench = new ServerBench(Site.Snapshot(("option.dat", t => $"{t}{options}\n")), withTls: true);
        _server = await SocketBench.StartAsync(_bench, isProxied: true);
    }

    private async Task<SocketDialogue> OpenAsync(string address = "203.0.113.9")
    {
        SocketDialogue client = await SocketDialogue.ConnectAsync(_server!.Port, address);
        Assert.StartsWith("220", await client.ReplyAsync());
        Assert.StartsWith("250", await client.SayAsync("EHLO client.test"));
        await client.StartTlsAsync();
        Assert.Contains("AUTH SCRAM-SHA-256 PLAIN LOGIN", await client.SayAsync("EHLO client.test"));
        return client;
    }
}
