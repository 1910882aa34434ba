using System.Buffers;

namespace Postern.Server.Delivery;

/// <summary>
/// Turns CRLF into LF, octet by octet over block borders. A CR that no LF follows stays. With quoting, the beginning of a line
/// is kept back until it is clear whether it is <c>&gt;*From </c>; no more than that is in memory.
/// </summary>
internal sealed class UnixLineWriter(IBufferWriter<byte> target, bool quoteFrom)
{
    private int _quotes;

    /// <summary>How many octets of "From " the line has behind its quotes; -1 when it is another line.</summary>
    private int _matched;

    private bool _carriageReturn;
    private bool _lineIsOpen;

    public void Write(ReadOnlySpan<byte> text)
    {
        foreach (byte octet in text) Write(octet);
    }

    /// <summary>Gives out what was kept back. A last line without an end gets one when quoting, since another message follows.</summary>
    public void Finish()
    {
        if (_carriageReturn) Put((byte)'\r');
        _carriageReturn = false;
        Release(isFrom: false);
        if (quoteFrom && _lineIsOpen) target.Write("\n"u8);
    }

    private void Write(byte octet)
    {
        if (_carriageReturn)
        {
            _carriageReturn = false;
            if (octet != '\n') Put((byte)'\r');
        }

        if (octet == '\r') _carriageReturn = true;
        else Put(octet);
    }

    private void Put(byte octet)
    {
        if (octet == '\n')
        {
            Release(isFrom: false);
            target.Write([octet]);
            (_quotes, _matched, _lineIsOpen) = (0, 0, false);
            return;
        }

        _lineIsOpen = true;

        if (_matched < 0)
        {
            target.Write([octet]);
            return;
        }

        if (quoteFrom && _matched == 0 && octet == '>')
        {
            _quotes++;
            return;
        }

        if (quoteFrom && octet == "From "u8[_matched])
        {
            _matched++;
            if (_matched == "From "u8.Length) Release(isFrom: true);
            return;
        }

        Release(isFrom: false);
        target.Write([octet]);
    }

    private void Release(bool isFrom)
    {
        if (_matched < 0) return;
        int quotes = _quotes + (isFrom ? 1 : 0);
        for (int i = 0; i < quotes; i++) target.Write(">"u8);
        target.Write("From "u8[.._matched]);
        (_quotes, _matched) = (0, -1);
    }
}
