using System.Text.Json;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Callouts;

/// <summary>Sessions whose tables ask the world outside.</summary>
public sealed class CalloutSessionTests
{
    private const string PortAccess = """
          TCP|*|*|*|*  $C$[IMTA_LIB:dns_verify.so,dns_verify_domain_port,$2,list.example,\
            Your$ host$ ($2)$ is$ listed]$E

        """;

    private const string RecipientThrottle = """

        ORIG_MAIL_ACCESS

          TCP|*|*|*|*|SMTP*|MAIL|*  $C$[metermaid,throttle,recipients,$2]$N$X4.7.1|Too$ many$ recipients$E

        """;

    private static readonly (string, Func<string, string>) Limit = ("metermaid.cnf", _ => "[TABLE=recipients]\nQUOTA=2\nQUOTA_TIME=60\n");

    /// <summary>Above the entry that lets internal clients in: the test is one.</summary>
    private static readonly (string, Func<string, string>) AtTheDoor = ("mappings", t => t.Replace("PORT_ACCESS\n\n", $"PORT_ACCESS\n\n{PortAccess}", StringComparison.Ordinal));

    [Fact]
    public async Task Listed_client_is_refused_at_the_door()
    {
        ScriptedDns dns = new ScriptedDns().Host("1.0.0.127.list.example", "127.0.0.2");
        await using ServerBench bench = new(Site.Snapshot(AtTheDoor), dns: dns);
        await using SocketBench server = await SocketBench.StartAsync(bench);
        Assert.StartsWith("554 Your host (127.0.0.1) is listed [", Assert.Single(await server.SayAsync()), StringComparison.Ordinal);
        dns.Text("1.0.0.127.list.example", "seen spamming");
        string reply = Assert.Single(await server.SayAsync());
        Assert.StartsWith("554 5.7.1 seen spamming [", reply, StringComparison.Ordinal);
        Assert.Contains("PORT_ACCESS", await bench.DecisionAsync(reply[(reply.LastIndexOf('[') + 1)..^1]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.2.list.example", "127.0.0.2")]
    [InlineData("1.0.0.127.list.example", "?")]
    public async Task Client_that_is_not_listed_or_cannot_be_looked_up_is_let_in(string name, string record)
    {
        await using ServerBench bench = new(Site.Snapshot(AtTheDoor), dns: new ScriptedDns().Host(name, record));
        await using SocketBench server = await SocketBench.StartAsync(bench);
        Assert.StartsWith("220 ", Assert.Single(await server.SayAsync()));
    }

    [Theory]
    [InlineData("127.0.0.2", "bob", "550 5.7.1 seen spamming: bob@example.com")]
    [InlineData("127.0.0.2", "postmaster", "250 2.1.5 recipient ok")]
    [InlineData("?", "bob", "250 2.1.5 recipient ok")]
    [InlineData("192.0.2.9", "bob", "250 2.1.5 recipient ok")]
    public async Task Recipient_table_asks_the_list_and_spares_postmaster(string record, string user, string reply)
    {
        const string Table = """

            ORIG_MAIL_ACCESS

              TCP|*|*|*|*|SMTP*|MAIL|tcp_local|*|*|postmaster@*   $Y
              TCP|*|*|*|*|SMTP*|MAIL|tcp_local|*|*|*              $C$[dns_verify_domain,$2,list.example]$E

            """;
        ScriptedDns dns = new ScriptedDns().Host("9.113.0.203.list.example", record).Text("9.113.0.203.list.example", "seen spamming");
        await using ServerBench bench = new(Site.Snapshot(("mappings", t => t + Table), ("option.dat", t => $"{t}\nREPLY_ID=0\n")), dns: dns);
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        Assert.Equal(reply, await client.SayAsync($"RCPT TO:<{user}@example.com>"));
    }

    [Fact]
    public async Task Recipients_over_quota_are_refused_for_now()
    {
        await using ServerBench bench = new(Site.Snapshot(("mappings", t => t + RecipientThrottle), Limit));
        await using SocketBench server = await SocketBench.StartAsync(bench);
        string[] dialogue = ["EHLO client.test", "MAIL FROM:<s@ext.example>", "RCPT TO:<bob@example.com>", "RCPT TO:<carl@example.com>", "RCPT TO:<bob@example.com>"];
        List<string> replies = await server.SayAsync(dialogue);
        Assert.StartsWith("250 2.1.5", replies[3]);
        Assert.StartsWith("250 2.1.5", replies[4]);
        Assert.StartsWith("450 4.7.1 Too many recipients: bob@example.com [", replies[5]);
        Assert.Equal(new ThrottleTotals("recipients", 1, 3, 1, 0), Assert.Single(await bench.Throttles.TotalsAsync(TestContext.Current.CancellationToken)));

        // The refusal can be looked up, and tells what was asked outside.
        string id = replies[5][(replies[5].LastIndexOf('[') + 1)..^1];
        string line = (await bench.DecisionAsync(id))!;
        Assert.Contains("callout     throttle,recipients,127.0.0.1 => yes", DecisionText.FromJson(line), StringComparison.Ordinal);
        using JsonDocument decision = JsonDocument.Parse(line);
        JsonElement step = decision.RootElement.GetProperty("steps").EnumerateArray().Single(s => s.GetProperty("kind").GetString() == "callout");
        Assert.Equal("recipients,127.0.0.1", step.GetProperty("argument").GetString());
        Assert.Equal("yes", step.GetProperty("outcome").GetString());

        bench.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.StartsWith("250 2.1.5", (await server.SayAsync(dialogue[..3]))[3]);
    }

    [Fact]
    public async Task Reload_keeps_the_counts_and_takes_the_new_quota()
    {
        (string, Func<string, string>) tables = ("mappings", t => t + RecipientThrottle);
        await using ServerBench bench = new(Site.Snapshot(tables, Limit));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.StartsWith("450", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.True(bench.Live.TryReplace(Site.Load(2, tables, ("metermaid.cnf", _ => "[TABLE=recipients]\nQUOTA=3\nQUOTA_TIME=60\n")), out _));
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.StartsWith("450", await client.SayAsync("RCPT TO:<bob@example.com>"));
    }

    [Theory]
    [InlineData("defer", "451 4.3.0 temporary access check failure")]
    [InlineData("ignore", "250 2.1.0")]
    public async Task Sender_that_cannot_be_looked_up_is_deferred_unless_told_otherwise(string option, string reply)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(
            ("mappings", t => t + "\nFROM_ACCESS\n\n  *|MAIL|*|*@*|*  $C$[dns_verify,$3|$$Y|$$NInvalid$ host:$ $$3$ -$ %e]$E\n"),
            ("option.dat", t => $"{t}\nACCESS_CALLOUT_FAILURE={option}\n"));
        ScriptedDns dns = new ScriptedDns().Host("slow.example", "?").Mx("ext.example", "10 mx.ext.example");
        await using ServerBench bench = new(snapshot, dns: dns);
        Connection client = await bench.GreetAsync();
        Assert.StartsWith(reply, await client.SayAsync("MAIL FROM:<s@slow.example>"));
        await client.SayAsync("RSET");
        Assert.StartsWith("550 5.7.1 Invalid host: bad.example - unknown host: s@bad.example", await client.SayAsync("MAIL FROM:<s@bad.example>"));
        Assert.StartsWith("250 2.1.0", await client.SayAsync("MAIL FROM:<s@ext.example>"));
    }

    [Theory]
    [InlineData("192.0.2.1", "tcp_intranet")]
    [InlineData("", "tcp_local")]
    [InlineData("?", "tcp_local")]
    public async Task Source_channel_may_depend_on_a_callout(string record, string channel)
    {
        // Internal is who has a name of ours; while nobody can tell, nobody is.
        ConfigurationSnapshot snapshot = Site.Snapshot(("mappings", t => t.Replace(
            "INTERNAL_IP\n\n", "INTERNAL_IP\n\n  $(10.0.0.0/8)  $[dns_verify,h$0.ours.example|$$Y|$$N]\n", StringComparison.Ordinal).Replace(
            "PORT_ACCESS\n\n", "PORT_ACCESS\n\n  *  $Y\n", StringComparison.Ordinal)));
        ScriptedDns dns = new();
        if (record.Length > 0) dns.Host("h10.1.1.7.ours.example", record);
        await using ServerBench bench = new(snapshot, dns: dns);
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        string reply = (await client.SayAsync("RCPT TO:<v@other.example>"))!;
        Assert.StartsWith(channel == "tcp_intranet" ? "250" : "550 5.7.1 Relaying not permitted", reply);
    }
}
