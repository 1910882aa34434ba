using System.Text;
using Postern.Queue;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>BDAT (RFC 3030) up to the queue.</summary>
public sealed class ChunkSessionTests
{
    [Fact]
    public async Task Chunks_make_one_message()
    {
        await using ServerBench bench = new();
        Connection client = await StartAsync(bench, "");
        Assert.StartsWith("250 2.0.0 chunk", await client.SayAsync("BDAT 12\r\nSubject: x"));
        Assert.StartsWith("250 2.0.0 chunk", await client.SayAsync("BDAT 2\r\n"));
        Assert.StartsWith("250 2.0.0 queued as ", await client.SayAsync("BDAT 5 LAST\r\n.a."));
        Assert.Equal("Subject: x\r\n\r\n.a.\r\n", await ContentAsync(bench));
    }

    [Fact]
    public async Task Binary_content_is_kept_as_it_came()
    {
        await using ServerBench bench = new();
        Connection client = await StartAsync(bench, " BODY=BINARYMIME");
        await client.SendAsync("BDAT 23 LAST\r\nSubject: x\r\n\r\n\0\n.\n\r\r.\r\n");
        Assert.StartsWith("250 2.0.0 queued as ", await client.ReplyAsync());
        Assert.Equal("Subject: x\r\n\r\n\0\n.\n\r\r.\r\n", await ContentAsync(bench));
        QueueEntry entry = (await bench.ListAsync())[0];
        Assert.Equal(BodyType.BinaryMime, (await bench.Queue.FindAsync(entry.Id, TestContext.Current.CancellationToken))!.Envelope.Body);
    }

    [Fact]
    public async Task A_client_may_wait_for_its_replies_inside_a_chunk()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SendAsync("MAIL FROM:<kim@y.test>\r\nRCPT TO:<bob@example.com>\r\nBDAT 14 LAST\r\n");
        Assert.StartsWith("250 2.1.0", await client.ReplyAsync());
        Assert.StartsWith("250 2.1.5", await client.ReplyAsync());
        await client.SendAsync("Subject: x\r\n\r\nNOOP\r\n");
        Assert.StartsWith("250 2.0.0 queued as ", await client.ReplyAsync());
        Assert.Equal("250 2.0.0 ok", await client.ReplyAsync());
    }

    [Theory]
    [InlineData("BDAT 3\r\na\nb", "550 5.6.0 message contains a bare line feed")]
    [InlineData("BDAT 3 LAST\r\nab\r", "550 5.6.0 message contains a bare carriage return")]
    public async Task A_bare_line_end_is_refused_and_nothing_is_queued(string chunk, string reply)
    {
        await using ServerBench bench = new();
        Connection client = await StartAsync(bench, "");
        await client.SendAsync(chunk);
        Assert.Equal(reply, await client.ReplyAsync());
        Assert.Empty(await bench.ListAsync());
        await client.SendAsync("NOOP\r\n");
        Assert.Equal("250 2.0.0 ok", await client.ReplyAsync());
    }

    [Fact]
    public async Task A_client_that_goes_away_between_chunks_leaves_nothing()
    {
        await using ServerBench bench = new();
        Connection client = await StartAsync(bench, "");
        Assert.StartsWith("250 2.0.0 chunk", await client.SayAsync("BDAT 12\r\nSubject: x"));
        await client.HangUpAsync();
        Assert.Null(await client.ReplyAsync());
        Assert.Empty(await bench.ListAsync());
    }

    private static async Task<Connection> StartAsync(ServerBench bench, string parameters)
    {
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        Assert.StartsWith("250", await client.SayAsync($"MAIL FROM:<kim@y.test>{parameters}"));
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<bob@example.com>"));
        return client;
    }

    private static async Task<string> ContentAsync(ServerBench bench)
    {
        QueueEntry entry = Assert.Single(await bench.ListAsync());
        await using Stream content = await bench.Queue.OpenContentAsync(entry.Id, TestContext.Current.CancellationToken);
        using StreamReader reader = new(content, Encoding.Latin1);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
