using System.Text;
using System.Text.Unicode;

namespace Postern.Smtp.Commands;

/// <summary>
/// Walks the parameters behind a path without copying them.
/// <code>
/// parameter = keyword [ "=" value ]                           ; RFC 5321 §4.1.2
/// keyword   = ( ALPHA / DIGIT ) *( ALPHA / DIGIT / "-" )
/// value     = 1*( %d33-60 / %d62-126 / UTF8-non-ascii )       ; RFC 6531 §3.3
/// </code>
/// </summary>
internal ref struct EsmtpParameters(ReadOnlySpan<byte> text)
{
    private ReadOnlySpan<byte> _rest = text;

    public EsmtpParameter Current { get; private set; }

    public readonly EsmtpParameters GetEnumerator() => this;

    public bool MoveNext()
    {
        _rest = _rest.TrimStart((byte)' ');
        if (_rest.IsEmpty) return false;
        int end = _rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> item = end < 0 ? _rest : _rest[..end];
        _rest = _rest[item.Length..];
        Current = Read(item);
        return true;
    }

    private static EsmtpParameter Read(ReadOnlySpan<byte> item)
    {
        int equals = item.IndexOf((byte)'=');
        ReadOnlySpan<byte> keyword = equals < 0 ? item : item[..equals];
        ReadOnlySpan<byte> value = equals < 0 ? default : item[(equals + 1)..];
        bool wellFormed = IsKeyword(keyword) && (equals < 0 || IsValue(value));
        return wellFormed
            ? new EsmtpParameter(Encoding.ASCII.GetString(keyword).ToUpperInvariant(), equals < 0 ? null : Encoding.UTF8.GetString(value))
            : default;
    }

    private static bool IsKeyword(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty || text[0] == (byte)'-') return false;
        foreach (byte b in text)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b != (byte)'-') return false;
        }

        return true;
    }

    private static bool IsValue(ReadOnlySpan<byte> text) =>
        !text.IsEmpty && !text.ContainsAnyInRange((byte)'\0', (byte)' ') && !text.ContainsAny((byte)'=', (byte)'\x7F') && Utf8.IsValid(text);
}
