using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>
/// SMTP smuggling (CVE-2023-51764 and its kin) tried on whole sessions: every five bytes of CR, LF, dot, NUL and a letter at the end of
/// content, with commands behind them that a receiver of another opinion would run.
/// </summary>
public sealed class SmugglingTests
{
    private const string Header = "Subject: x\r\n\r\n";
    private const string Smuggled = "MAIL FROM:<evil@x.test>\r\nRCPT TO:<bob@example.com>\r\nDATA\r\nevil";
    private const string End = "\r\n.\r\nNOOP\r\nQUIT\r\n";

    private static readonly char[] Bytes = ['\r', '\n', '.', '\0', 'a'];
    private static readonly string[] Sequences = [.. from a in Bytes from b in Bytes from c in Bytes from d in Bytes from e in Bytes select new string([a, b, c, d, e])];

    [Theory]
    [InlineData("a")]
    [InlineData("a\r\n")]
    public async Task Five_bytes_before_the_end_of_DATA_make_one_message_or_none(string before)
    {
        await using ServerBench bench = new();
        List<string> taken = [];
        foreach (string sequence in Sequences)
        {
            string stream = Header + before + sequence + Smuggled + End;
            (string content, string behind) = Cut(stream);
            Connection client = await BeginAsync(bench);
            Assert.StartsWith("354", await client.SayAsync("DATA"));
            await client.SendAsync(stream);
            string reply = (await client.ReplyAsync())!;
            if (IsBad(content))
            {
                Assert.StartsWith("550 5.6.0 ", reply);
            }
            else
            {
                Assert.StartsWith("250 2.0.0 queued as ", reply);
                Assert.Equal(Unstuffed(content), await ContentAsync(bench, reply));
                taken.Add(Unstuffed(content));
            }

            // Where the bytes are the end of content, what stands behind them is the client's own next commands; its DATA has too much behind it.
            bool isWhole = behind.StartsWith("NOOP", StringComparison.Ordinal);
            foreach (string code in isWhole ? (string[])["250 2.0.0 ok", "221 2.0.0"] : []) Assert.StartsWith(code, await client.ReplyAsync());
            while (!isWhole && await client.ReplyAsync() is { } next)
            {
                Assert.DoesNotContain("queued", next, StringComparison.Ordinal);
                Assert.DoesNotContain("354", next, StringComparison.Ordinal);
            }

            Assert.Null(await client.ReplyAsync());
        }

        Assert.Equal(taken.Count, (await bench.ListAsync()).Count);
        await AssertDeliveredAsync(taken);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("a\r\n")]
    public async Task Five_bytes_at_the_end_of_chunks_make_one_message_or_none(string before)
    {
        await using ServerBench bench = new();
        List<string> taken = [];
        for (int i = 0; i < Sequences.Length; i++)
        {
            string content = Header + before + Sequences[i];
            int cut = content.Length - (i % 6);
            Connection client = await BeginAsync(bench);
            await client.SendAsync($"BDAT {cut}\r\n{content[..cut]}BDAT {content.Length - cut} LAST\r\n{content[cut..]}NOOP\r\nRSET\r\nQUIT\r\n");
            string first = (await client.ReplyAsync())!, reply = (await client.ReplyAsync())!;
            if (IsBad(content))
            {
                Assert.True(first.StartsWith("550 5.6.0 ", StringComparison.Ordinal) || reply.StartsWith("550 5.6.0 ", StringComparison.Ordinal), $"{first}, {reply}");
            }
            else
            {
                Assert.Equal("250 2.0.0 chunk received", first);
                Assert.StartsWith("250 2.0.0 queued as ", reply);
                Assert.Equal(content, await ContentAsync(bench, reply));
                taken.Add(content);
            }

            foreach (string code in (string[])["250 2.0.0", "250 2.0.0", "221 2.0.0"]) Assert.StartsWith(code, await client.ReplyAsync());
            Assert.Null(await client.ReplyAsync());
        }

        Assert.Equal(taken.Count, (await bench.ListAsync()).Count);
        await AssertDeliveredAsync(taken);
    }

    [Fact]
    public async Task A_chunk_and_then_DATA_is_no_second_way_to_end_a_message()
    {
        await using ServerBench bench = new();
        Connection client = await BeginAsync(bench);
        await client.SendAsync($"BDAT {Header.Length}\r\n{Header}");
        Assert.StartsWith("250", await client.ReplyAsync());
        Assert.StartsWith("503 5.5.1", await client.SayAsync("DATA"));
        await client.SendAsync("BDAT 1 LAST\r\na");
        Assert.StartsWith("250 2.0.0 queued as ", await client.ReplyAsync());
        Assert.Single(await bench.ListAsync());
    }

    /// <summary>RFC 5321 §4.1.1.4, said once more and otherwise: content ends before the first dot that is a line of its own.</summary>
    private static (string Content, string Behind) Cut(string stream)
    {
        int end = ("\r\n" + stream).IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        return (stream[..end], stream[(end + 3)..]);
    }

    private static bool IsBad(string content) => content.Replace("\r\n", "", StringComparison.Ordinal).IndexOfAny(['\r', '\n', '\0']) >= 0;

    private static string Unstuffed(string content) =>
        ("\r\n" + content).Replace("\r\n.", "\r\n", StringComparison.Ordinal)[2..];

    private static async Task<Connection> BeginAsync(ServerBench bench)
    {
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SendAsync("MAIL FROM:<kim@y.test>\r\nRCPT TO:<bob@example.com>\r\n");
        Assert.StartsWith("250", await client.ReplyAsync());
        Assert.StartsWith("250", await client.ReplyAsync());
        return client;
    }

    private static async Task<string> ContentAsync(ServerBench bench, string reply)
    {
        Assert.True(QueueId.TryParse(reply.AsSpan("250 2.0.0 queued as ".Length), out QueueId id));
        await using Stream stream = await bench.Queue.OpenContentAsync(id, TestContext.Current.CancellationToken);
        using StreamReader reader = new(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What was taken leaves as one message each, with nothing in it that another receiver could take for an end.</summary>
    private static async Task AssertDeliveredAsync(List<string> contents)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot();
        await using SmtpSink sink = new();
        SmtpDelivery delivery = new(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance);
        foreach (string content in contents)
            Assert.Equal(["delivered"], Attempts.Words(await delivery.DeliverAsync(Attempts.For(snapshot, snapshot.Channels.FindByName(new("tcp_local"))!, ["a@x.test"], content), TestContext.Current.CancellationToken)));
        Assert.All(sink.Messages, m => Assert.False(IsBad(m)));

        // A last line without its end gets one.
        Assert.Equal(contents.Select(c => c.EndsWith("\r\n", StringComparison.Ordinal) ? c[..^2] : c), sink.Messages.Select(Unstuffed));
    }
}
