using System.Buffers;
using System.Text;
using Postern.Smtp.Framing;
using Postern.Smtp.Session;

namespace Postern.Smtp.Tests.Framing;

/// <summary>Endless input costs its sender time and the server no memory: what is over a limit is dropped as it comes.</summary>
public sealed class BoundedMemoryTests
{
    private const int PieceLength = 64 * 1024;
    private const int Pieces = 16 * 1024;

    /// <summary>Octets allocated for a gigabyte of input.</summary>
    private const long Bound = 64 * 1024;

    [Fact]
    public void A_command_line_of_a_gigabyte_is_one_fault()
    {
        LineReader lines = new();
        byte[] piece = Encoding.ASCII.GetBytes(new string('x', PieceLength));
        ReadOnlySequence<byte> whole = new(piece);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Pieces; i++)
        {
            ReadOnlySequence<byte> buffer = whole;
            Assert.False(lines.TryRead(ref buffer, LineReader.CommandLineLimit, out _));
            Assert.True(buffer.IsEmpty);
        }

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Bound);
        ReadOnlySequence<byte> end = new("\r\nNOOP\r\n"u8.ToArray());
        Assert.True(lines.TryRead(ref end, LineReader.CommandLineLimit, out LineResult line));
        Assert.Equal(LineFault.TooLong, line.Fault);
        Assert.True(lines.TryRead(ref end, LineReader.CommandLineLimit, out line));
        Assert.Null(line.Fault);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("\r")]
    [InlineData("a\n.\n")]
    public void Content_of_a_gigabyte_that_is_refused_is_kept_nowhere(string repeated)
    {
        ContentDecoder decoder = new();
        byte[] piece = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(repeated, PieceLength / repeated.Length)));
        ArrayBufferWriter<byte> output = new();
        decoder.Decode(piece, output);
        Assert.True(decoder.HasFault);
        int written = output.WrittenCount;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Pieces / repeated.Length / 4; i++) decoder.Decode(piece, output);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < Bound);
        Assert.Equal(written, output.WrittenCount);
    }

    [Fact]
    public void A_hundred_thousand_recipients_make_no_state()
    {
        SessionState state = SmtpSession.Step(SessionState.Initial, new SessionEvent.Opened(new SessionTerms("mx.example"), false)).State;
        foreach (string line in (string[])["EHLO c", "MAIL FROM:<a@b>"]) state = Say(state, line);
        state = SmtpSession.Step(state, new SessionEvent.SenderDecided(new EnvelopeAnswer(new(250, "2.1.0", "ok")))).State;
        for (int i = 0; i < 100_000; i++)
        {
            state = Say(state, "RCPT TO:<c@d>");
            if (state.Phase == SessionPhase.Recipient) state = SmtpSession.Step(state, new SessionEvent.RecipientDecided(new EnvelopeAnswer(new(250, "2.1.5", "ok")))).State;
        }

        Assert.Equal((state.Terms.MaximumRecipients, 100_000), (state.Transaction!.AcceptedRecipients, state.Transaction.PresentedRecipients));
        Assert.Equal(new SessionState(SessionPhase.Command, state.Terms, HeloName: "c", Extended: true, Transaction: state.Transaction, Counts: state.Counts), state);
    }

    private static SessionState Say(SessionState state, string line) => SmtpSession.Step(state, new SessionEvent.Line(Encoding.ASCII.GetBytes(line), false)).State;
}
