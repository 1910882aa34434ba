using System.Buffers;
using System.Text;
using CsCheck;
using Postern.Smtp.Framing;
using Postern.Smtp.Session;

namespace Postern.Smtp.Tests.Framing;

public sealed class LineReaderTests
{
    private const int Limit = 8;

    [Theory]
    [InlineData("a\r\n", "a")]
    [InlineData("\r\n", "")]
    [InlineData("a\r\nb\r\n", "a|b")]
    [InlineData("123456\r\nx\r\n", "123456|x")]
    [InlineData("1234567\r\nx\r\n", "(TooLong)|x")]
    [InlineData("123456789012345678901234567890\r\nx\r\n", "(TooLong)|x")]
    [InlineData("a\nb\r\nx\r\n", "(BareLineFeed)|x")]
    [InlineData("a\rb\r\nx\r\n", "(BareCarriageReturn)|x")]
    [InlineData("a\r\r\nx\r\n", "(BareCarriageReturn)|x")]
    [InlineData("a\0b\r\nx\r\n", "(NullByte)|x")]
    [InlineData("\0\r\n", "(NullByte)")]
    [InlineData("a\n\0\r\n", "(BareLineFeed)")]
    [InlineData("a\nb\nc\nd\ne\nf\r\nx\r\n", "(TooLong)|x")]
    [InlineData("a\n", "")]
    public void Only_CRLF_ends_a_line(string input, string lines)
    {
        string expected = input.EndsWith("\r\n", StringComparison.Ordinal) ? lines : "(nothing)";
        Assert.Equal(expected, Describe(Read(Encoding.Latin1.GetBytes(input), [])));
    }

    [Fact]
    public void Any_split_gives_the_lines_of_the_slow_twin() => Gen.Select(Gen.Char["\r\n\0aaab"].Array[0, 40], Gen.Int[0, 40].Array[0, 10]).Sample(
        (text, cuts) =>
        {
            byte[] input = Encoding.Latin1.GetBytes(new string(text));
            string expected = Oracle(new string(text));
            Assert.Equal(expected, Describe(Read(input, [])));
            Assert.Equal(expected, Describe(Read(input, cuts)));
            Assert.Equal(expected, Describe(Read(input, [.. Enumerable.Range(0, input.Length)])));
        },
        iter: 20_000,
        seed: "0000000000006");

    [Fact]
    public void A_line_without_end_is_not_kept()
    {
        LineReader reader = new();
        ReadOnlySequence<byte> buffer = new(new byte[Limit * 100]);
        Assert.False(reader.TryRead(ref buffer, Limit, out _));
        Assert.True(buffer.IsEmpty);
    }

    [Fact]
    public void An_unfinished_line_consumes_nothing()
    {
        LineReader reader = new();
        ReadOnlySequence<byte> buffer = new("NOOP\r"u8.ToArray());
        Assert.False(reader.TryRead(ref buffer, Limit, out _));
        Assert.Equal(5, buffer.Length);
    }

    private static string Oracle(string text)
    {
        string[] lines = text.Split("\r\n")[..^1];
        return lines.Length == 0 ? "(nothing)" : string.Join('|', lines.Select(l => l.Length + 2 > Limit ? "(TooLong)" : l.FirstOrDefault(c => c is '\r' or '\n' or '\0', 'x') switch
        {
            '\r' => "(BareCarriageReturn)",
            '\n' => "(BareLineFeed)",
            '\0' => "(NullByte)",
            _ => l,
        }));
    }

    private static string Describe(List<(string Text, LineFault? Fault)> lines) =>
        lines.Count == 0 ? "(nothing)" : string.Join('|', lines.Select(l => l.Fault is { } fault ? $"({fault})" : l.Text));

    private static List<(string Text, LineFault? Fault)> Read(byte[] input, int[] cuts)
    {
        LineReader reader = new();
        List<(string, LineFault?)> lines = [];
        byte[] kept = [];
        int start = 0;
        foreach (int cut in cuts.Where(c => c <= input.Length).Order().Append(input.Length))
        {
            ReadOnlySequence<byte> buffer = new([.. kept, .. input[start..cut]]);
            start = cut;
            while (reader.TryRead(ref buffer, Limit, out LineResult line)) lines.Add((Encoding.Latin1.GetString(line.Text), line.Fault));
            kept = buffer.ToArray();
        }

        return lines;
    }
}
