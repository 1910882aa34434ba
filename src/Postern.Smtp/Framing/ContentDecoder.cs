using System.Buffers;
using System.Diagnostics;

namespace Postern.Smtp.Framing;

/// <summary>
/// Undoes the transparency of DATA (RFC 5321 §4.5.2) and finds the end of the content; takes chunks (RFC 3030) too. The only
/// code that decides what CR, LF and a dot mean in content.
/// </summary>
/// <remarks>
/// A five-state automaton over bytes. INVARIANT: only CRLF.CRLF ends content, and the CRLF of the DATA line counts as the
/// first one; any other ending that some receiver might take for it (LF.LF, LF.CRLF, CR.CR ...) holds a bare CR or LF and
/// is a fault. After a fault the content is still read to its true end, and nothing more is written. The result depends
/// on the bytes only, never on how they were split, be it into packets or into chunks. Cost: one vectorised search per line, one copy.
/// BUGS: a line that is wrapped is cut at an octet, be it in the middle of a character.
/// </remarks>
public sealed class ContentDecoder(LongLines longLines = LongLines.Reject, ContentForm form = ContentForm.Dotted)
{
    /// <summary>Octets of a line of content without CRLF, the dot of transparency not counted (RFC 5321 §4.5.3.1.6).</summary>
    public const int MaximumLine = 998;

    private static readonly SearchValues<byte> Special = SearchValues.Create("\r\n\0"u8);

    private State _state = State.LineStart;
    private ContentFault? _fault;
    private int _line;
    private bool _inHeader = true;

    private enum State
    {
        LineStart,
        InLine,

        /// <summary>CR inside or at the start of a line.</summary>
        Return,

        /// <summary>A dot at the start of a line.</summary>
        Dot,

        /// <summary>CR behind such a dot.</summary>
        DotReturn,
    }

    /// <summary>CRLF.CRLF has been seen; the next byte of input is a command. Chunks end by their count, see <see cref="Finish"/>.</summary>
    public bool IsComplete { get; private set; }

    public bool HasFault => _fault is not null;

    /// <summary>What is wrong with the content, for a reply; "" without fault. The first fault is told.</summary>
    public string FaultText => _fault switch
    {
        null => "",
        ContentFault.BareCarriageReturn => "message contains a bare carriage return",
        ContentFault.BareLineFeed => "message contains a bare line feed",
        ContentFault.NullByte => "message contains a null byte",
        ContentFault.LineTooLong => $"message contains a line longer than {MaximumLine} octets",
        _ => throw new UnreachableException(),
    };

    /// <summary>Octets of decoded content so far, counted on after a fault.</summary>
    public long Length { get; private set; }

    private enum ContentFault
    {
        BareCarriageReturn,
        BareLineFeed,
        NullByte,
        LineTooLong,
    }

    /// <summary>Decodes until the input or the content ends.</summary>
    /// <param name="output">lines ended by CRLF, without transparency dots.</param>
    /// <returns>octets consumed; fewer than given only when <see cref="IsComplete"/> became true.</returns>
    public int Decode(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        if (form == ContentForm.Binary)
        {
            Write(input, output);
            return input.Length;
        }

        int i = 0;
        while (i < input.Length && !IsComplete)
        {
            if (_state == State.InLine)
            {
                int run = input[i..].IndexOfAny(Special);
                if (run < 0) run = input.Length - i;
                Emit(input.Slice(i, run), output);
                i += run;
                if (i == input.Length) break;
            }

            Take(input[i++], output);
        }

        return i;
    }

    /// <summary>The last chunk is through: a CR at its end has no LF behind it any more.</summary>
    public void Finish()
    {
        if (_state is State.Return) Fault(ContentFault.BareCarriageReturn);
    }

    private void Take(byte value, IBufferWriter<byte> output)
    {
        switch (_state, value)
        {
            case (State.LineStart or State.InLine, (byte)'\r'):
                _state = State.Return;
                break;
            case (State.LineStart, (byte)'.') when form == ContentForm.Dotted:
                _state = State.Dot;
                break;
            case (State.Dot, (byte)'\r'):
                _state = State.DotReturn;
                break;
            case (State.Return, (byte)'\n'):
                Write("\r\n"u8, output);
                if (_line == 0) _inHeader = false;
                _line = 0;
                _state = State.LineStart;
                break;
            case (State.DotReturn, (byte)'\n'):
                IsComplete = true;
                break;
            case (State.Return or State.DotReturn, _):
                Fault(ContentFault.BareCarriageReturn);
                Length++;
                _state = State.InLine;
                Take(value, output);
                break;
            default:
                if (value == (byte)'\n') Fault(ContentFault.BareLineFeed);
                if (value == 0) Fault(ContentFault.NullByte);
                Emit(new ReadOnlySpan<byte>(in value), output);
                _state = State.InLine;
                break;
        }
    }

    private void Emit(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (longLines != LongLines.Reject && _line + text.Length > MaximumLine)
        {
            EmitLong(text, output);
            return;
        }

        // Saturates: a line without end must not wrap the count.
        _line = (int)Math.Min((long)_line + text.Length, int.MaxValue);
        if (_line > MaximumLine) Fault(ContentFault.LineTooLong);
        Write(text, output);
    }

    /// <summary>The part of a line that goes over the limit. What is dropped counts as received, so no line is endless.</summary>
    private void EmitLong(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        while (_line + text.Length > MaximumLine)
        {
            int room = MaximumLine - _line;
            Write(text[..room], output);
            text = text[room..];
            _line = MaximumLine;
            if (longLines == LongLines.Truncate)
            {
                Length += text.Length;
                return;
            }

            // A line that begins with a blank continues the field above it (RFC 5322 §2.2.3).
            Write(_inHeader ? "\r\n "u8 : "\r\n"u8, output);
            _line = _inHeader ? 1 : 0;
        }

        Write(text, output);
        _line += text.Length;
    }

    private void Write(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        Length += bytes.Length;
        if (!HasFault) output.Write(bytes);
    }

    private void Fault(ContentFault fault) => _fault ??= fault;
}
