using System.Text;
using Postern.Server.Delivery.Dsn;

namespace Postern.Server.Tests.Delivery;

/// <summary>The beginning of a message is the same however it is cut into blocks.</summary>
public sealed class ContentSampleTests
{
    [Theory]
    [InlineData("A: b\r\n\r\none\r\ntwo\r\nthree\r\n", 2, "A: b\r\n\r\none\r\ntwo\r\n")]
    [InlineData("A: b\r\n\r\none\r\ntwo", 2, "A: b\r\n\r\none\r\ntwo")]
    [InlineData("A: b\r\n\r\none\r\n", 0, "A: b\r\n\r\n")]
    [InlineData("\r\none\r\ntwo\r\n", 1, "\r\none\r\n")]
    [InlineData("A: b\r\n\n\r\r\n\r\none\r\ntwo\r\n", 1, "A: b\r\n\n\r\r\n\r\none\r\n")]
    [InlineData("A: b\r\n", 1, "A: b\r\n")]
    public void Sample_ends_behind_so_many_lines(string message, int lines, string sample)
    {
        byte[] octets = Encoding.ASCII.GetBytes(message);
        foreach (int size in (int[])[octets.Length, 3, 2, 1]) Assert.Equal(sample, Encoding.ASCII.GetString(Cut(octets, lines, size)));
    }

    [Fact]
    public void Long_lines_end_it_too()
    {
        byte[] message = Encoding.ASCII.GetBytes("A: b\r\n\r\n" + new string('x', 2 * ContentSample.MaximumText));
        Assert.Equal(8 + ContentSample.MaximumText, Cut(message, lines: 20, size: 1000).Length);
    }

    private static byte[] Cut(byte[] message, int lines, int size)
    {
        ContentSample sample = new(lines);
        List<byte> kept = [];
        foreach (byte[] block in message.Chunk(size))
        {
            if (sample.IsFull) break;
            kept.AddRange(block[..sample.Take(block)]);
        }

        return [.. kept];
    }
}
