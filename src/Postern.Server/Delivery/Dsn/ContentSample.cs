namespace Postern.Server.Delivery.Dsn;

/// <summary>Cuts a message off behind its header and the first lines of its text, as it passes by in blocks.</summary>
/// <param name="lines">of the text.</param>
internal sealed class ContentSample(int lines)
{
    /// <summary>No more of the text than this, however long its lines are, in octets.</summary>
    public const int MaximumText = 32 * 1024;

    private int _linesLeft = lines;
    private int _octetsLeft = MaximumText;
    private bool _isText;

    /// <summary>Octets seen of the CRLF CRLF that ends the header; a message may begin with the second half.</summary>
    private int _matched = 2;

    /// <summary>Nothing behind the last block belongs to the sample.</summary>
    public bool IsFull => _isText && (_linesLeft <= 0 || _octetsLeft <= 0);

    /// <returns>how many octets of the block, the first ones, belong to the sample.</returns>
    public int Take(ReadOnlySpan<byte> block)
    {
        int count = 0;
        for (; count < block.Length && !IsFull; count++)
        {
            byte octet = block[count];
            if (_isText)
            {
                _octetsLeft--;
                if (octet == '\n') _linesLeft--;
                continue;
            }

            if (octet == "\r\n\r\n"u8[_matched]) _matched++;
            else _matched = octet == '\r' ? 1 : 0;
            _isText = _matched == 4;
        }

        return count;
    }
}
