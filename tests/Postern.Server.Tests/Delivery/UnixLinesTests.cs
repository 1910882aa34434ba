using CsCheck;
using Postern.Server.Delivery;

namespace Postern.Server.Tests.Delivery;

public sealed class UnixLinesTests
{
    [Fact]
    public void Blocks_do_not_matter() => Gen.Select(Gen.String[Gen.Char["\r\n>From x"], 0, 60], Gen.Bool, Gen.Int[1, 5]).Sample((text, quote, size) =>
    {
        string whole = Convert(text, quote, text.Length + 1);
        Assert.Equal(whole, Convert(text, quote, size));
        string[] lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');
        string expected = string.Join('\n', quote ? lines.Select(Quoted) : lines);
        if (quote && lines[^1].Length > 0) expected += "\n";
        Assert.Equal(expected, whole);
    });

    private static string Quoted(string line) => line.TrimStart('>').StartsWith("From ", StringComparison.Ordinal) ? ">" + line : line;

    private static string Convert(string text, bool quote, int size)
    {
        System.Buffers.ArrayBufferWriter<byte> target = new();
        UnixLineWriter writer = new(target, quote);
        foreach (byte[] block in System.Text.Encoding.ASCII.GetBytes(text).Chunk(size)) writer.Write(block);
        writer.Finish();
        return System.Text.Encoding.ASCII.GetString(target.WrittenSpan);
    }
}
