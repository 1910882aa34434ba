using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Listening;

/// <summary>What a client is told that comes too often or too many times at once.</summary>
public sealed class OverloadTests
{
    [Theory]
    [InlineData("MAX_CONNS=1", "421 4.3.2 too many connections, try again later")]
    [InlineData("MAX_CONNS_PER_IP=1", "421 4.3.2 too many connections from your address, try again later")]
    [InlineData("MAX_CONNS_PER_NETWORK=1", "421 4.3.2 too many connections from your network, try again later")]
    [InlineData("CONNS_PER_MINUTE_PER_IP=1", "421 4.7.0 you connect too often, try again later")]
    public async Task One_connection_more_is_told_why_and_closed(string option, string reply)
    {
        await using ServerBench bench = new(Site.Snapshot(("dispatcher.cnf", t => $"{option}\n{t}")));
        await using SocketBench server = await SocketBench.StartAsync(bench, isProxied: true);
        await using SocketDialogue first = await SocketDialogue.ConnectAsync(server.Port, "203.0.113.9");
        Assert.StartsWith("220 ", await first.ReplyAsync());
        await using SocketDialogue second = await SocketDialogue.ConnectAsync(server.Port, "203.0.113.9");
        Assert.Equal(reply, await second.ReplyAsync());
        Assert.Null(await second.ReplyAsync());
        Assert.StartsWith("250 ", await first.SayAsync("NOOP"));
    }
}
