using System.Text;
using Postern.Policy.Configuration;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Access;

/// <summary>AUTH_ACCESS over a session: who may try to log in, from where, how.</summary>
public sealed class AuthAccessTests : IAsyncDisposable
{
    private const string Wrong = "535 5.7.8 authentication credentials invalid";

    private static readonly string Good = Encode(Site.Password);

    private ServerBench? _bench;
    private SocketBench? _server;

    [Theory]
    [InlineData("nothing  $N", "235 ")]
    [InlineData("TCP|*|*|203.0.113.9|*  $NNot$ from$ there", "535 5.7.8 Not from there [")]
    [InlineData("*|tcp_local|PLAIN|*  $NUse$ another$ mechanism", "535 5.7.8 Use another mechanism [")]
    [InlineData("*|bob@example.com  $N$X4.7.0|Closed$ at$ night", "454 4.7.0 Closed at night [")]
    [InlineData("*  $:T$N", Wrong + " [")]
    [InlineData("*  $;T$N", "235 ")]
    [InlineData("*  $[dns_verify,gone.test|$$Y|$$N]", "454 4.7.0 temporary authentication failure [")]
    public async Task Table_is_asked_before_the_password(string entry, string reply)
    {
        await using SocketDialogue client = await OpenAsync(entry, new ScriptedDns().Host("gone.test", "?"));
        Assert.StartsWith(reply, await client.SayAsync($"AUTH PLAIN {Good}"));
    }

    [Fact]
    public async Task Refusal_tells_nothing_of_the_password_and_can_be_explained()
    {
        await using SocketDialogue client = await OpenAsync("*|bob@*  $N");
        string good = (await client.SayAsync($"AUTH PLAIN {Good}"))!, bad = (await client.SayAsync($"AUTH PLAIN {Encode("wrong")}"))!;
        Assert.Equal(good[..good.LastIndexOf('[')], bad[..bad.LastIndexOf('[')]);
        string told = DecisionText.FromJson((await _bench!.DecisionAsync(good[(good.LastIndexOf('[') + 1)..^1]))!);
        Assert.Contains("|SMTP/TLS", told);
        Assert.Contains("|tcp_local|PLAIN|bob@example.com", told);
        Assert.Contains("AUTH_ACCESS", told);
    }

    [Fact]
    public async Task Refusals_count_as_failures_and_end_the_session()
    {
        await using SocketDialogue client = await OpenAsync("*  $N", options: "disconnectbadauthlimit 2");
        Assert.StartsWith(Wrong, await client.SayAsync($"AUTH PLAIN {Good}"));
        Assert.StartsWith("421", await client.SayAsync($"AUTH PLAIN {Good}"));
    }

    [Fact]
    public async Task Attempt_can_be_logged_without_a_refusal()
    {
        await using SocketDialogue client = await OpenAsync("*|bob@*  $<bob$ logs$ in");
        Assert.StartsWith("235", await client.SayAsync($"AUTH PLAIN {Good}"));
        Assert.Contains(_bench!.Log.Lines, l => l.EndsWith("203.0.113.9: access table: bob logs in", StringComparison.Ordinal));
    }

    [Fact]
    public void Entry_in_an_imagined_session_decides_as_in_a_live_one()
    {
        ConfigurationSnapshot snapshot = Snapshot("*|tcp_local|PLAIN|bob@*  $NNot$ bob");
        Policy.Access.MailPolicy policy = new(snapshot);
        ImaginedSession session = new("203.0.113.9", null, Tls: true, "bob@example.com", "client.test");
        DecisionRecord decision = ImaginedSession.Decide(policy, session.Facts(policy, out _)!, "bob@example.com", "v@other.example");
        Assert.Equal("535 5.7.8 Not bob", decision.Decision.Reply.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_bench is not null) await _bench.DisposeAsync();
    }

    private static string Encode(string password) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0bob@example.com\0{password}"));

    private static ConfigurationSnapshot Snapshot(string entry, string options = "") => Site.Snapshot(
        ("mappings", t => $"{t}\nAUTH_ACCESS\n\n  {entry}\n"),
        ("postern.cnf", t => options.Length == 0 ? t : Site.WithOptions(t, "tcp_local", options)));

    private async Task<SocketDialogue> OpenAsync(string entry, ScriptedDns? dns = null, string options = "")
    {
        _bench = new ServerBench(Snapshot(entry, options), withTls: true, dns: dns);
        _server = await SocketBench.StartAsync(_bench, isProxied: true);
        SocketDialogue client = await SocketDialogue.ConnectAsync(_server.Port, "203.0.113.9");
        Assert.StartsWith("220", await client.ReplyAsync());
        Assert.StartsWith("250", await client.SayAsync("EHLO client.test"));
        await client.StartTlsAsync();
        Assert.StartsWith("250", await client.SayAsync("EHLO client.test"));
        return client;
    }
}
