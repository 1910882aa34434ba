using System.Buffers;

namespace Postern.Smtp.Framing;

/// <summary>The automaton behind <see cref="DotStuffing"/>; its output depends on the bytes only, not on how they were split.</summary>
internal sealed class DotEncoder
{
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\r\n"u8);

    private bool _atLineStart = true;
    private bool _afterReturn;

    public void Encode(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        while (!input.IsEmpty)
        {
            byte first = input[0];
            if (_afterReturn)
            {
                _afterReturn = false;
                EndLine(output);
                if (first == (byte)'\n')
                {
                    input = input[1..];
                    continue;
                }
            }

            if (first is (byte)'\r' or (byte)'\n')
            {
                if (first == (byte)'\r') _afterReturn = true;
                else EndLine(output);
                input = input[1..];
                continue;
            }

            if (_atLineStart && first == (byte)'.') output.Write("."u8);
            _atLineStart = false;
            int run = input.IndexOfAny(LineEnds);
            if (run < 0) run = input.Length;
            output.Write(input[..run]);
            input = input[run..];
        }
    }

    /// <summary>Ends the last line if need be, and the content.</summary>
    public void Finish(IBufferWriter<byte> output)
    {
        if (_afterReturn || !_atLineStart) EndLine(output);
        output.Write(".\r\n"u8);
    }

    private void EndLine(IBufferWriter<byte> output)
    {
        output.Write("\r\n"u8);
        _atLineStart = true;
    }
}
