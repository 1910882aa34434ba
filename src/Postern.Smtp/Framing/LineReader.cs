using System.Buffers;
using System.Text;
using Postern.Smtp.Session;

namespace Postern.Smtp.Framing;

/// <summary>
/// Cuts the input into command lines. Only CRLF ends a line (RFC 5321 §2.3.8).
/// </summary>
/// <remarks>
/// A line with a fault is swallowed to its CRLF and reported once, so the reader never takes the rest of a bad line for a
/// command of its own. INVARIANT: results depend on the bytes only, never on how they were split; a line over the limit
/// is too long whatever else is wrong with it. Memory: what is over the limit is consumed at once.
/// BUGS: a client that ends lines with LF alone gets no answer before its first CRLF.
/// </remarks>
public sealed class LineReader
{
    /// <summary>
    /// Octets of a command line with CRLF: 512 of RFC 5321 §4.5.3.1.4, what SIZE and 8BITMIME add, and room for a
    /// path of <see cref="Addresses.AddressParser.MaximumPath"/>.
    /// </summary>
    public const int CommandLineLimit = 2048;

    /// <summary>Octets of a line of an AUTH exchange with CRLF, the AUTH command with an initial response included (RFC 4954 §4).</summary>
    public const int SaslLineLimit = 12288;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    private static ReadOnlySpan<byte> AuthCommand => "AUTH "u8;

    private static readonly SearchValues<byte> Forbidden = SearchValues.Create("\r\n\0"u8);

    private bool _swallowing;

    /// <summary>How long the command at the front of <paramref name="buffer"/> may be, in octets.</summary>
    public static int CommandLimit(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.Length < AuthCommand.Length) return CommandLineLimit;
        Span<byte> start = stackalloc byte[AuthCommand.Length];
        buffer.Slice(0, AuthCommand.Length).CopyTo(start);
        return Ascii.EqualsIgnoreCase(start, AuthCommand) ? SaslLineLimit : CommandLineLimit;
    }

    /// <summary>Takes one line off the front of <paramref name="buffer"/>.</summary>
    /// <param name="buffer">moved behind what was consumed, also when there is no whole line yet.</param>
    /// <param name="limit">octets, CRLF included.</param>
    /// <returns>false: more input is needed.</returns>
    public bool TryRead(ref ReadOnlySequence<byte> buffer, int limit, out LineResult line)
    {
        SequenceReader<byte> reader = new(buffer);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> text, LineEnd))
        {
            line = default;
            if (_swallowing || buffer.Length > limit) Swallow(ref buffer);
            return false;
        }

        bool tooLong = _swallowing || text.Length + LineEnd.Length > limit;
        _swallowing = false;
        buffer = buffer.Slice(reader.Position);
        LineFault? fault = tooLong ? LineFault.TooLong : FindFault(text);
        line = fault is null ? new LineResult(text, null) : new LineResult(ReadOnlySequence<byte>.Empty, fault);
        return true;
    }

    private void Swallow(ref ReadOnlySequence<byte> buffer)
    {
        if (buffer.IsEmpty) return;
        _swallowing = true;

        // A CR at the end may be the first half of the line end.
        ReadOnlySequence<byte> last = buffer.Slice(buffer.Length - 1);
        buffer = last.FirstSpan[0] == (byte)'\r' ? last : buffer.Slice(buffer.End);
    }

    private static LineFault? FindFault(ReadOnlySequence<byte> text)
    {
        foreach (ReadOnlyMemory<byte> segment in text)
        {
            int index = segment.Span.IndexOfAny(Forbidden);
            if (index < 0) continue;
            return segment.Span[index] switch
            {
                (byte)'\r' => LineFault.BareCarriageReturn,
                (byte)'\n' => LineFault.BareLineFeed,
                _ => LineFault.NullByte,
            };
        }

        return null;
    }
}
