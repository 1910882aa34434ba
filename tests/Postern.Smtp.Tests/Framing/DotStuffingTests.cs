using System.Buffers;
using System.Text;
using CsCheck;
using Postern.Smtp.Framing;

namespace Postern.Smtp.Tests.Framing;

public sealed class DotStuffingTests
{
    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a", "a\r\n.\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData("a\r\n.b\r\n", "a\r\n..b\r\n.\r\n")]
    [InlineData("a.\r\n", "a.\r\n.\r\n")]
    [InlineData("a\n.\n", "a\r\n..\r\n.\r\n")]
    [InlineData("a\r.\r", "a\r\n..\r\n.\r\n")]
    [InlineData("a\r", "a\r\n.\r\n")]
    [InlineData("a\n\r\n", "a\r\n\r\n.\r\n")]
    [InlineData("a\r\r\n", "a\r\n\r\n.\r\n")]
    public async Task Message_is_made_ready_for_DATA(string message, string wire) => Assert.Equal(wire, await EncodeAsync(message, 1024));

    [Fact]
    public async Task What_leaves_is_one_message_for_every_receiver() => await Gen.Select(Gen.Char["\r\n.ab"].Array[0, 40], Gen.Int[1, 7]).SampleAsync(
        async (text, block) =>
        {
            string wire = await EncodeAsync(new string(text), block);
            Assert.Equal(wire, await EncodeAsync(new string(text), 1024));
            ContentDecoder decoder = new();
            ArrayBufferWriter<byte> decoded = new();
            Assert.Equal(wire.Length, decoder.Decode(Encoding.Latin1.GetBytes(wire), decoded));
            Assert.Equal((true, ""), (decoder.IsComplete, decoder.FaultText));
            string lines = new string(text).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Replace("\n", "\r\n", StringComparison.Ordinal);
            if (lines.Length > 0 && !lines.EndsWith('\n')) lines += "\r\n";
            Assert.Equal(lines, Encoding.Latin1.GetString(decoded.WrittenSpan));
        },
        iter: 10_000,
        seed: "0000000000007");

    private static async Task<string> EncodeAsync(string message, int block)
    {
        await using MemoryStream from = new BlockStream(Encoding.Latin1.GetBytes(message), block);
        await using MemoryStream to = new();
        await DotStuffing.CopyAsync(from, to, new ArrayBufferWriter<byte>(), CancellationToken.None);
        return Encoding.Latin1.GetString(to.ToArray());
    }

    private sealed class BlockStream(byte[] bytes, int block) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(block, buffer.Length)], cancellationToken);
    }
}
