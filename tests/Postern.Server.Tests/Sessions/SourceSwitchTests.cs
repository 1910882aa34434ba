using System.Text;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Dns;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>The source channel of live sessions: by name, by MAIL FROM for one transaction, and what a message shows of its client.</summary>
public sealed class SourceSwitchTests
{
    private static readonly (string, Func<string, string>) ByName = ("postern.cnf", text => text.Replace("switchchannel identnonenumeric", "switchchannel identnone forwardchecktag", StringComparison.Ordinal));
    private static readonly (string, Func<string, string>) BySender = ("postern.cnf", text => text
        .Replace("switchchannel identnonenumeric", "switchchannel userswitchchannel identnonenumeric", StringComparison.Ordinal)
        .Replace("\nprocess pool", "\ntcp_bulk smtp allowswitchchannel maytls\ntcp_bulk-daemon\n\nprocess pool", StringComparison.Ordinal));
    private static readonly (string, Func<string, string>) Bulk = ("users", text => text.Replace("carl@example.com *", "carl@example.com * sourceChannel=tcp_bulk", StringComparison.Ordinal));

    [Fact]
    public async Task Confirmed_name_of_ours_makes_the_client_internal()
    {
        ScriptedDns dns = new ScriptedDns().Reverse(ServerBench.Outsider, "host.in.test").Host("host.in.test", ServerBench.Outsider);
        await using ServerBench bench = new(Site.Snapshot(ByName), dns: dns);
        Connection client = await bench.GreetAsync();
        Assert.Equal("250 2.1.5 recipient ok", await RelayAsync(client, "v@other.example"));
    }

    [Theory]
    [InlineData("host.in.test", "192.0.2.1")]
    [InlineData("host.in.test", "?")]
    [InlineData("tcp_intranet-daemon", ServerBench.Outsider)]
    [InlineData("?", ServerBench.Outsider)]
    public async Task Forged_name_gains_nothing(string name, string address)
    {
        await using ServerBench bench = new(Site.Snapshot(ByName), dns: new ScriptedDns().Reverse(ServerBench.Outsider, name).Host(name, address));
        Connection client = await bench.GreetAsync();
        Assert.StartsWith("550 5.7.1 Relaying not permitted", await RelayAsync(client, "v@other.example"));
    }

    [Fact]
    public async Task Silent_dns_holds_the_greeting_for_the_time_limit_only()
    {
        await using ServerBench bench = new(Site.Snapshot(ByName), dns: new ScriptedDns { IsSilent = true });
        Connection client = bench.Connect();
        await bench.Time.TimerAsync(ClientNames.TimeLimit);
        Assert.False(client.HasUnreadReply);
        bench.Time.Advance(ClientNames.TimeLimit);
        Assert.StartsWith("220", await client.ReplyAsync());
        Assert.StartsWith("250", await client.SayAsync("EHLO client.test"));
        Assert.StartsWith("550 5.7.1 Relaying not permitted", await RelayAsync(client, "v@other.example"));
    }

    [Theory]
    [InlineData("identnone", true, "(host.test [203.0.113.9])")]
    [InlineData("identnone", false, "(host.test [203.0.113.9])")]
    [InlineData("identnone forwardchecktag", false, "(host.test* [203.0.113.9])")]
    [InlineData("identnone forwardcheckdelete", false, "([203.0.113.9])")]
    [InlineData("identnonelimited", true, "(host.test [203.0.113.9])")]
    [InlineData("identnonesymbolic", true, "(host.test)")]
    [InlineData("identnonesymbolic forwardcheckdelete", false, "([203.0.113.9])")]
    [InlineData("identnonenumeric", true, "([203.0.113.9])")]
    [InlineData("identtcp", true, "(host.test [203.0.113.9])")]
    [InlineData("identtcplimited", true, "(host.test [203.0.113.9])")]
    [InlineData("identtcpsymbolic", true, "(host.test)")]
    [InlineData("identtcpnumeric", true, "([203.0.113.9])")]
    public async Task Received_shows_the_client_as_the_channel_wants(string options, bool confirmed, string shown)
    {
        ScriptedDns dns = new ScriptedDns().Reverse(ServerBench.Outsider, "host.test").Host("host.test", confirmed ? ServerBench.Outsider : "192.0.2.1");
        await using ServerBench bench = new(Site.Snapshot(("postern.cnf", text => text.Replace("switchchannel identnonenumeric", $"switchchannel {options}", StringComparison.Ordinal))), dns: dns);
        Assert.StartsWith($"Received: from client.test {shown}\r\n\tby ", await TraceAsync(bench, "s@ext.example"));
    }

    [Fact]
    public async Task Sender_moves_one_transaction_and_the_next_is_the_sessions_own_again()
    {
        await using ServerBench bench = new(Site.Snapshot(BySender, Bulk));
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        Assert.Equal("tcp_bulk", await SourceAsync(bench, client, "carl@example.com"));
        Assert.Equal("tcp_intranet", await SourceAsync(bench, client, "bob@example.com"));
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<carl@example.com>"));
        Assert.StartsWith("250", await client.SayAsync("RSET"));
        Assert.Equal("tcp_intranet", await SourceAsync(bench, client, "s@ext.example"));
        Assert.StartsWith("503", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.Equal("tcp_bulk", await SourceAsync(bench, client, "carl@example.com"));
    }

    [Fact]
    public async Task Refusal_of_a_moved_transaction_tells_every_stage()
    {
        await using ServerBench bench = new(Site.Snapshot(BySender, Bulk));
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync("MAIL FROM:<carl@example.com>");
        string reply = (await client.SayAsync("RCPT TO:<bob@ims-ms-daemon>"))!;
        string told = DecisionText.FromJson((await bench.DecisionAsync(reply[(reply.LastIndexOf('[') + 1)..^1]))!);
        Assert.Contains("  stage     tcp_local: channel of service smtp (dispatcher.cnf:", told);
        Assert.Contains("mappings:", told);
        Assert.Contains("  stage     tcp_intranet: client address 10.1.1.7 switched tcp_local to tcp_intranet\n", told);
        Assert.Contains("  stage     tcp_bulk: sourceChannel of carl@example.com switched tcp_intranet to tcp_bulk (users:", told);
        Assert.Contains("source      tcp_bulk: sourceChannel of carl@example.com", told);
    }

    [Fact]
    public async Task Reload_keeps_the_name_and_the_session_channel()
    {
        ScriptedDns dns = new ScriptedDns().Reverse(ServerBench.Outsider, "host.in.test").Host("host.in.test", ServerBench.Outsider);
        await using ServerBench bench = new(Site.Snapshot(ByName), dns: dns);
        Connection client = await bench.GreetAsync();
        Assert.StartsWith("250", await RelayAsync(client, "v@other.example"));
        Assert.True(bench.Live.TryReplace(Site.Load(2, ByName), out _));
        await client.SayAsync("RSET");
        Assert.StartsWith("250", await RelayAsync(client, "v@other.example"));
        Assert.True(bench.Live.TryReplace(Site.Load(3), out _));
        await client.SayAsync("RSET");
        Assert.StartsWith("550", await RelayAsync(client, "v@other.example"));
    }

    private static async Task<string?> RelayAsync(Connection client, string recipient)
    {
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<s@ext.example>"));
        return await client.SayAsync($"RCPT TO:<{recipient}>");
    }

    /// <summary>The header lines that the server put in front of a message from the outside.</summary>
    private static async Task<string> TraceAsync(ServerBench bench, string sender)
    {
        QueuedMessage message = await DeliverAsync(bench, await bench.GreetAsync(), sender);
        return Encoding.UTF8.GetString(message.Copies[0].HeaderBlock!.Value.Span);
    }

    /// <summary>The source channel that the queue has for a message of this sender.</summary>
    private static async Task<string> SourceAsync(ServerBench bench, Connection client, string sender) =>
        (await DeliverAsync(bench, client, sender)).Envelope.SourceChannel;

    private static async Task<QueuedMessage> DeliverAsync(ServerBench bench, Connection client, string sender)
    {
        Assert.StartsWith("250", await client.SayAsync($"MAIL FROM:<{sender}>"));
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.StartsWith("354", await client.SayAsync("DATA"));
        await client.SendAsync("Subject: hello\r\n\r\nbody\r\n.\r\n");
        string reply = (await client.ReplyAsync())!;
        Assert.StartsWith("250 2.0.0 queued as ", reply);
        QueueEntry queued = Assert.Single(await bench.ListAsync(), e => reply.EndsWith(e.Id.ToString(), StringComparison.Ordinal));
        return (await bench.Queue.FindAsync(queued.Id, TestContext.Current.CancellationToken))!;
    }
}
