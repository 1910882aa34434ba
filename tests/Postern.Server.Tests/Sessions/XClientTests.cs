using System.Net;
using System.Text.Json;
using Postern.Queue;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Tests.Sessions;

/// <summary>XCLIENT and XFORWARD up to policy, listener and log.</summary>
public sealed class XClientTests
{
    private const string Front = "10.1.1.80";

    [Fact]
    public async Task The_client_named_has_its_own_standing()
    {
        await using ServerBench bench = new();
        Connection connection = await GreetAsync(bench, PeerRights.Client);
        Assert.StartsWith("220 ", await connection.SayAsync($"XCLIENT ADDR={ServerBench.Outsider} PORT=4711"));
        await connection.SayAsync("EHLO client.test");
        await connection.SayAsync("MAIL FROM:<s@ext.example>");
        Assert.StartsWith("550 5.7.1 Relaying not permitted", await connection.SayAsync("RCPT TO:<v@other.example>"));
        Assert.StartsWith("250", await connection.SayAsync("RCPT TO:<bob@example.com>"));
        await connection.SayAsync("DATA");
        Assert.StartsWith("250", await connection.SayAsync("Subject: x\r\n\r\ny\r\n."));
        QueuedMessage message = await SoleAsync(bench);
        Assert.Equal(("tcp_local", "TCP|192.0.2.25|25|203.0.113.9|4711"), (message.Envelope.SourceChannel, message.Envelope.PortInformation));
        Assert.Contains("Received: from client.test ([203.0.113.9])", System.Text.Encoding.UTF8.GetString(message.Copies[0].HeaderBlock!.Value.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_internal_client_named_may_relay()
    {
        await using ServerBench bench = new();
        Connection connection = await GreetAsync(bench, PeerRights.Client, ServerBench.Outsider);
        Assert.StartsWith("220 ", await connection.SayAsync($"XCLIENT ADDR={ServerBench.Insider}"));
        await connection.SayAsync("EHLO client.test");
        await connection.SayAsync("MAIL FROM:<s@ext.example>");
        Assert.StartsWith("250", await connection.SayAsync("RCPT TO:<v@other.example>"));
    }

    [Theory]
    [InlineData("XCLIENT NAME=client.example")]
    [InlineData("XCLIENT ADDR=[UNAVAILABLE]")]
    [InlineData("XCLIENT ADDR=" + Front)]
    [InlineData("XCLIENT ADDR=IPV6:::ffff:" + Front)]
    [InlineData("XCLIENT ADDR=127.0.0.1")]
    public async Task A_peer_lends_nobody_its_own_standing(string command)
    {
        await using ServerBench bench = new();
        Connection connection = await GreetAsync(bench, PeerRights.Client);
        Assert.StartsWith("220 ", await connection.SayAsync(command));
        await connection.SayAsync("EHLO client.test");
        await connection.SayAsync("MAIL FROM:<s@ext.example>");
        Assert.StartsWith("550 5.7.1 Relaying not permitted", await connection.SayAsync("RCPT TO:<v@other.example>"));
    }

    [Fact]
    public async Task PORT_ACCESS_is_asked_about_the_client_named()
    {
        await using ServerBench bench = new(Site.Snapshot(("mappings", text => text.Replace("PORT_ACCESS\n\n", $"PORT_ACCESS\n\n  TCP|*|*|{ServerBench.Outsider}|*  $N554$ go$ away\n", StringComparison.Ordinal))));
        Connection connection = await GreetAsync(bench, PeerRights.Client);
        Assert.StartsWith("554 go away", await connection.SayAsync($"XCLIENT ADDR={ServerBench.Outsider}"));
        Assert.Null(await connection.ReplyAsync());
    }

    [Fact]
    public async Task A_client_with_too_many_connections_is_turned_away()
    {
        await using ServerBench bench = new();
        List<IPAddress> moved = [];
        Connection connection = bench.Connect(Front, rights: PeerRights.Client, moveTo: to =>
        {
            moved.Add(to);
            return new SmtpReply(421, "4.3.2", "too many");
        });
        await connection.ReplyAsync();
        await connection.SayAsync("EHLO front.test");
        Assert.Equal("421 4.3.2 too many", await connection.SayAsync($"XCLIENT ADDR={ServerBench.Outsider}"));
        Assert.Null(await connection.ReplyAsync());
        Assert.Equal([IPAddress.Parse(ServerBench.Outsider)], moved);
    }

    [Fact]
    public async Task A_login_that_is_granted_makes_the_session_that_users()
    {
        await using ServerBench bench = new();
        Connection connection = await GreetAsync(bench, PeerRights.Client | PeerRights.Login);
        Assert.StartsWith("220 ", await connection.SayAsync($"XCLIENT ADDR={ServerBench.Outsider} LOGIN=bob@example.com"));
        Assert.DoesNotContain("AUTH", await connection.SayAsync("EHLO client.test"));
        await connection.SayAsync("MAIL FROM:<bob@example.com>");
        await connection.SayAsync("RCPT TO:<bob@example.com>");
        await connection.SayAsync("DATA");
        Assert.StartsWith("250", await connection.SayAsync("Subject: x\r\n\r\ny\r\n."));
        Assert.Equal("bob@example.com", (await SoleAsync(bench)).Envelope.AuthenticatedUser);
    }

    [Fact]
    public async Task The_log_ends_one_session_and_begins_another()
    {
        await using ServerBench bench = new();
        Connection connection = await GreetAsync(bench, PeerRights.Client);
        await connection.SayAsync($"XCLIENT ADDR={ServerBench.Outsider}");
        await connection.SayAsync("QUIT");
        Assert.Null(await connection.ReplyAsync());
        Assert.Equal(
            [("O", Front), ("CE", Front), ("O", ServerBench.Outsider), ("C", ServerBench.Outsider)],
            (await RecordsAsync(bench)).Select(r => (r.GetProperty("ac").GetString()!, r.GetProperty("tr").GetString()!.Split('|')[3])));
    }

    [Fact]
    public async Task XFORWARD_reaches_the_log_for_one_transaction_and_policy_never()
    {
        await using ServerBench bench = new();
        Connection connection = await GreetAsync(bench, PeerRights.Forward, ServerBench.Outsider);
        Assert.StartsWith("250", await connection.SayAsync($"XFORWARD ADDR={ServerBench.Insider} PORT=4711 NAME=in.test"));
        Assert.StartsWith("250", await connection.SayAsync("XFORWARD HELO=in.test IDENT=4F2K SOURCE=local PROTO=esmtp"));
        foreach (string ident in (string[])["first", "second"])
        {
            await connection.SayAsync("MAIL FROM:<s@ext.example>");
            Assert.StartsWith("550 5.7.1 Relaying not permitted", await connection.SayAsync("RCPT TO:<v@other.example>"));
            await connection.SayAsync("RCPT TO:<bob@example.com>");
            await connection.SayAsync("DATA");
            Assert.StartsWith("250", await connection.SayAsync($"Subject: {ident}\r\n\r\ny\r\n."));
        }

        JsonElement[] queued = [.. (await RecordsAsync(bench)).Where(r => r.GetProperty("ac").GetString() == "EE")];
        Assert.Equal("[10.1.1.7]:4711 name=in.test helo=in.test proto=ESMTP ident=4F2K source=LOCAL", queued[0].GetProperty("fo").GetString());
        Assert.False(queued[1].TryGetProperty("fo", out _));
        Assert.Equal("tcp_local", queued[0].GetProperty("sc").GetString());
    }

    [Fact]
    public async Task Only_listed_peers_have_rights_and_places_are_counted_for_the_client_named()
    {
        await using ServerBench bench = new();
        await using SocketBench listed = await SocketBench.StartAsync(
            bench, change: l => l with { XClientHosts = [new IPNetwork(IPAddress.Loopback, 32)], XForwardHosts = [new IPNetwork(SocketBench.Proxy, 32)], MaxConnsPerIp = 1 });
        await using SocketDialogue first = await SocketDialogue.ConnectAsync(listed.Port);
        await first.ReplyAsync();
        string hello = (await first.SayAsync("EHLO front.test"))!;
        Assert.Contains("XCLIENT NAME ADDR PORT PROTO HELO", hello);
        Assert.DoesNotContain("XFORWARD", hello);
        Assert.StartsWith("220 ", await first.SayAsync($"XCLIENT ADDR={ServerBench.Outsider}"));

        // The peer's own place is free again, its client's is taken.
        await using SocketDialogue second = await SocketDialogue.ConnectAsync(listed.Port);
        Assert.StartsWith("220 ", await second.ReplyAsync());
        await second.SayAsync("EHLO front.test");
        Assert.StartsWith("421 4.3.2", await second.SayAsync($"XCLIENT ADDR={ServerBench.Outsider}"));
    }

    private static async Task<Connection> GreetAsync(ServerBench bench, PeerRights rights, string peer = Front)
    {
        Connection connection = bench.Connect(peer, rights: rights);
        Assert.StartsWith("220 ", await connection.ReplyAsync());
        Assert.StartsWith("250", await connection.SayAsync("EHLO front.test"));
        return connection;
    }

    private static async Task<QueuedMessage> SoleAsync(ServerBench bench) =>
        (await bench.Queue.FindAsync(Assert.Single(await bench.ListAsync()).Id, TestContext.Current.CancellationToken))!;

    private static async Task<JsonElement[]> RecordsAsync(ServerBench bench) =>
        [.. (await bench.TransactionsAsync()).Select(l => JsonDocument.Parse(l).RootElement)];
}
