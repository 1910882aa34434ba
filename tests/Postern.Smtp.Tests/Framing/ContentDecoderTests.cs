using System.Buffers;
using System.Text;
using CsCheck;
using Postern.Smtp.Framing;

namespace Postern.Smtp.Tests.Framing;

public sealed class ContentDecoderTests
{
    private const string Tail = "\r\n.\r\nQUIT\r\n";

    /// <summary>All strings of five bytes that matter, before a true end of content, read in two pieces cut at every byte.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("x\r\n")]
    [InlineData("x\r\n.")]
    public void Five_bytes_before_the_end_give_one_message_or_a_fault(string before)
    {
        foreach (string five in FiveBytes())
        {
            byte[] stream = Encoding.Latin1.GetBytes(before + five + Tail);
            Outcome expected = Oracle(before + five + Tail);
            for (int cut = 0; cut <= stream.Length; cut++)
                Assert.Equal(expected, Decode(stream, [cut]));
        }
    }

    /// <summary>All strings of five bytes in chunks cut at every byte: taken as they are, or a fault that does not depend on the cut.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("x\r\n")]
    public void Five_bytes_in_chunks_come_out_as_they_are_or_give_a_fault(string around)
    {
        foreach (string five in FiveBytes())
        {
            byte[] content = Encoding.Latin1.GetBytes(around + five + around);
            string lines = (around + five + around).Replace("\r\n", "", StringComparison.Ordinal);
            bool isGood = lines.IndexOfAny(['\r', '\n', '\0']) < 0;
            for (int cut = 0; cut <= content.Length; cut++)
            {
                ContentDecoder decoder = new(form: ContentForm.Chunked);
                ArrayBufferWriter<byte> output = new();
                Assert.Equal(cut, decoder.Decode(content.AsSpan(0, cut), output));
                Assert.Equal(content.Length - cut, decoder.Decode(content.AsSpan(cut), output));
                decoder.Finish();
                Assert.Equal((!isGood, false), (decoder.HasFault, decoder.IsComplete));
                if (isGood) Assert.True(output.WrittenSpan.SequenceEqual(content));
            }
        }
    }

    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\n.\r\n")]
    [InlineData("\r.\r")]
    [InlineData("\r.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r\n.\r")]
    [InlineData("\r\n\0.\r\n")]
    [InlineData("\r\n.\0\r\n")]
    [InlineData("\r\r\n.\r\r\n")]
    public void No_other_ending_ends_content(string ending)
    {
        string hidden = "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nsecond";
        byte[] stream = Encoding.Latin1.GetBytes("first" + ending + hidden + "\r\n.\r\n");
        Outcome outcome = Decode(stream, []);
        Assert.Equal((stream.Length, true), (outcome.Consumed, outcome.Complete));
        Assert.NotEqual("", outcome.Fault);
    }

    [Fact]
    public void Any_split_gives_the_same() => Gen.Select(Gen.Char["\r\n.\0ab"].Array[0, 60], Gen.Int[0, 70].Array[0, 8]).Sample(
        (text, cuts) =>
        {
            string stream = new string(text) + Tail;
            Assert.Equal(Oracle(stream), Decode(Encoding.Latin1.GetBytes(stream), cuts));
        },
        iter: 20_000,
        seed: "0000000000005");

    [Theory]
    [InlineData(".\r\n", "")]
    [InlineData("\r\n.\r\n", "\r\n")]
    [InlineData("a\r\n.\r\n", "a\r\n")]
    [InlineData("..\r\n.\r\n", ".\r\n")]
    [InlineData(".a\r\n.\r\n", "a\r\n")]
    [InlineData("...\r\na.\r\n.\r\n", "..\r\na.\r\n")]
    public void Dots_of_transparency_are_taken_off(string stream, string content)
    {
        Outcome outcome = Decode(Encoding.Latin1.GetBytes(stream), []);
        Assert.Equal((stream.Length, true, content, (long)content.Length, ""), (outcome.Consumed, outcome.Complete, outcome.Content, outcome.Length, outcome.Fault));
    }

    [Theory]
    [InlineData("", ContentDecoder.MaximumLine, "")]
    [InlineData("", ContentDecoder.MaximumLine + 1, "message contains a line longer than 998 octets")]
    [InlineData(".", ContentDecoder.MaximumLine, "")]
    [InlineData("short\r\n", ContentDecoder.MaximumLine + 1, "message contains a line longer than 998 octets")]
    public void A_line_has_a_longest_length(string before, int length, string fault) =>
        Assert.Equal(fault, Decode(Encoding.Latin1.GetBytes(before + (before == "." ? "." : "a") + new string('a', length - 1) + "\r\n.\r\n"), [500]).Fault);

    /// <summary>Whatever the option, no line that goes on is longer than a line may be, and how the input was split does not matter.</summary>
    [Theory]
    [InlineData(LongLines.Truncate, 998, 998, "a998|b998|")]
    [InlineData(LongLines.Truncate, 999, 3000, "a998|b998|")]
    [InlineData(LongLines.Wrap, 998, 998, "a998|b998|")]
    [InlineData(LongLines.Wrap, 999, 1996, "a998|_a1|b998|b998|")]
    [InlineData(LongLines.Wrap, 2500, 2000, "a998|_a997|_a505|b998|b998|b4|")]
    public void A_long_line_is_cut_as_the_channel_says(LongLines use, int inHeader, int inBody, string content)
    {
        byte[] stream = Encoding.Latin1.GetBytes($"{new string('a', inHeader)}\r\n\r\n{new string('b', inBody)}\r\n.\r\n");
        foreach (int[] cuts in (int[][])[[], [1, 500, 997, 998, 999, 1000, 1500], [.. Enumerable.Range(0, stream.Length)]])
        {
            ContentDecoder decoder = new(use);
            Outcome outcome = Decode(decoder, stream, cuts);
            string runs = string.Join('|', outcome.Content.Split("\r\n").Where(l => l.Length > 0).Select(l => $"{(l[0] == ' ' ? "_" : "")}{l.Trim()[0]}{l.Trim().Length}")) + "|";
            Assert.Equal((content, ""), (runs, outcome.Fault));
            Assert.True(outcome.Length >= inHeader + inBody, "what is dropped counts as received");
        }
    }

    [Fact]
    public void The_first_fault_is_told_and_counting_goes_on()
    {
        Outcome outcome = Decode("a\0b\rc\nd\r\n.\r\n"u8.ToArray(), []);
        Assert.Equal(("message contains a null byte", 9L), (outcome.Fault, outcome.Length));
    }

    private static IEnumerable<string> FiveBytes()
    {
        const string Alphabet = "\r\n.\0a";
        for (int number = 0; number < 3125; number++)
            yield return string.Concat(Enumerable.Range(0, 5).Select(i => Alphabet[number / (int)Math.Pow(5, i) % 5]));
    }

    /// <summary>The slow twin: looks for the first CRLF.CRLF in the text, then at the lines before it.</summary>
    private static Outcome Oracle(string stream)
    {
        string text = "\r\n" + stream;
        int end = text.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        string raw = text[2..(end + 2)];
        string[] lines = raw.Split("\r\n");
        string first = new([.. raw.Replace("\r\n", "", StringComparison.Ordinal).Where(c => c is '\r' or '\n' or '\0').Take(1)]);
        string fault = first switch
        {
            "\r" => "message contains a bare carriage return",
            "\n" => "message contains a bare line feed",
            "\0" => "message contains a null byte",
            _ => "",
        };
        string content = string.Join("\r\n", lines.Select(l => l.StartsWith('.') ? l[1..] : l));
        return new Outcome(end + 3, true, fault.Length > 0 ? "" : content, fault.Length > 0 ? 0 : content.Length, fault);
    }

    private static Outcome Decode(byte[] stream, int[] cuts) => Decode(new ContentDecoder(), stream, cuts);

    private static Outcome Decode(ContentDecoder decoder, byte[] stream, int[] cuts)
    {
        ArrayBufferWriter<byte> output = new();
        int consumed = 0;
        foreach (int cut in cuts.Where(c => c < stream.Length).Order().Append(stream.Length))
        {
            if (decoder.IsComplete || cut < consumed) break;
            consumed += decoder.Decode(stream.AsSpan(consumed, cut - consumed), output);
            if (!decoder.IsComplete) Assert.Equal(cut, consumed);
        }

        return decoder.HasFault && !decoder.FaultText.Contains("longer", StringComparison.Ordinal) && stream.AsSpan().IndexOf("QUIT"u8) >= 0
            ? new Outcome(consumed, decoder.IsComplete, "", 0, decoder.FaultText)
            : new Outcome(consumed, decoder.IsComplete, Encoding.Latin1.GetString(output.WrittenSpan), decoder.Length, decoder.FaultText);
    }

    private sealed record Outcome(int Consumed, bool Complete, string Content, long Length, string Fault);
}
