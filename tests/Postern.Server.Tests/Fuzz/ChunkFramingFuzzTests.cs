using System.Text;
using Postern.Queue;
using Postern.Server.Tests.Harness;
using Postern.Tests;

namespace Postern.Server.Tests.Fuzz;

/// <summary>
/// BDAT (RFC 3030) over whole sessions: what is inside a chunk is never a command, what stands behind one is never content, and how the stream
/// was cut does not matter. The twin that tells what must come of it looks at the content alone.
/// </summary>
public sealed class ChunkFramingFuzzTests
{
    private const int Rounds = 3000;
    private const int RoundsOfOneServer = 500;
    private const int MostChunks = 6;
    private const int LongestLine = 998;

    private static readonly string[] Pieces =
        ["\r\n", "\r", "\n", ".", "\0", "a", "NOOP\r\n", "BDAT 3 LAST\r\n", "RSET\r\n", "Subject: x\r\n", "\r\n.\r\n", "QUIT\r\n", "\xff", new string('x', 400)];

    private static readonly string[] Corpus = ["Subject: x\r\n\r\ntext\r\n", "Subject: x\r\n\r\n.\r\n..\r\n", "a\r\n.\r\nb", "\r\n", ""];

    [Fact]
    public async Task Chunks_are_cut_where_their_size_says()
    {
        ServerBench bench = new(servesDelays: false);
        try
        {
            int round = 0;
            await new FuzzRun([.. Corpus.Select(Encoding.Latin1.GetBytes)], Pieces).RunAsync(Rounds, async (content, random) =>
            {
                await CheckAsync(bench, content, random);
                if (++round % RoundsOfOneServer != 0) return;
                await bench.DisposeAsync();
                bench = new ServerBench(servesDelays: false);
            });
        }
        finally
        {
            await bench.DisposeAsync();
        }
    }

    private static async Task CheckAsync(ServerBench bench, byte[] content, Random random)
    {
        bool isBinary = random.Next(3) == 0;
        int[] cuts = [.. Enumerable.Range(0, random.Next(MostChunks)).Select(_ => random.Next(content.Length + 1)).Order(), content.Length];
        List<byte> stream = [.. Encoding.ASCII.GetBytes($"MAIL FROM:<kim@y.test>{(isBinary ? " BODY=BINARYMIME" : "")}\r\nRCPT TO:<bob@example.com>\r\n")];
        for (int i = 0; i < cuts.Length; i++)
        {
            int start = i == 0 ? 0 : cuts[i - 1];
            stream.AddRange(Encoding.ASCII.GetBytes($"BDAT {cuts[i] - start}{(i == cuts.Length - 1 ? " LAST" : "")}\r\n"));
            stream.AddRange(content[start..cuts[i]]);
        }

        stream.AddRange("NOOP\r\n"u8);
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        for (int sent = 0; sent < stream.Count;)
        {
            int length = Math.Min(stream.Count - sent, random.Next(1, random.Next(2) == 0 ? 4 : 200));
            await client.SendAsync(stream.GetRange(sent, length).ToArray());
            sent += length;
        }

        Assert.StartsWith("250 2.1.0", await client.ReplyAsync());
        Assert.StartsWith("250 2.1.5", await client.ReplyAsync());
        string last = "";
        foreach (int _ in cuts) last = await client.ReplyAsync() ?? "(closed)";
        Assert.Equal("250 2.0.0 ok", await client.ReplyAsync());
        Assert.StartsWith("221", await client.SayAsync("QUIT"));
        if (!isBinary && !IsLines(content))
        {
            Assert.StartsWith("5", last);
            return;
        }

        Assert.StartsWith("250 2.0.0 queued as ", last);
        Assert.True(QueueId.TryParse(last.AsSpan("250 2.0.0 queued as ".Length), out QueueId id), last);
        await using Stream queued = await bench.Queue.OpenContentAsync(id, TestContext.Current.CancellationToken);
        using MemoryStream copy = new();
        await queued.CopyToAsync(copy, TestContext.Current.CancellationToken);
        Assert.Equal(content, copy.ToArray());
    }

    /// <summary>No CR and no LF but in pairs, no NUL, no line too long.</summary>
    private static bool IsLines(byte[] content)
    {
        string[] lines = Encoding.Latin1.GetString(content).Split("\r\n");
        return lines.All(l => l.IndexOfAny(['\r', '\n', '\0']) < 0 && l.Length <= LongestLine);
    }
}
