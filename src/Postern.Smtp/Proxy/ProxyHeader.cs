using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Smtp.Addresses;

namespace Postern.Smtp.Proxy;

// header    = line / binary
// line      = "PROXY" SP ( "TCP4" / "TCP6" ) SP address SP address SP port SP port CRLF     ; version 1, source first
//           / "PROXY" SP "UNKNOWN" [ SP *any ] CRLF                                         ; at most 107 octets
// binary    = signature %x20-21 family length block                                         ; version 2; %x20 LOCAL, %x21 PROXY
// family    = %x11 ( TCP over IPv4 ) / %x21 ( TCP over IPv6 ) / %x00 / %x12 / %x22 / %x31 / %x32
// length    = 2OCTET                                                                        ; of block, most significant first
// block     = [ address address port port ] *OCTET                                          ; extensions are skipped
//
// INVARIANT: what an input is does not depend on how it was cut: every prefix of a header is incomplete, and what is no
// header is invalid as soon as that can be seen. Nothing is decoded before all of it has come.

/// <summary>Reads the header in which a proxy names its client ("The PROXY protocol, versions 1 and 2", HAProxy Technologies).</summary>
public static class ProxyHeader
{
    /// <summary>Octets of the longest header taken; a longer version 2 block is refused unread.</summary>
    public const int MaximumLength = FixedPart + LongestBlock;

    private const int LongestLine = 107;
    private const int FixedPart = 16;
    private const int LongestBlock = 4096;
    private const int IPv4Block = 12;
    private const int IPv6Block = 36;

    private static readonly ProxyParse.Invalid NoHeader = new("no PROXY header");
    private static readonly ProxyParse.Invalid BadLine = new("malformed PROXY line");

    private static ReadOnlySpan<byte> Signature => "\r\n\r\n\0\r\nQUIT\n"u8;

    private static ReadOnlySpan<byte> Keyword => "PROXY "u8;

    /// <param name="input">all that has come since the connection was made.</param>
    public static ProxyParse Parse(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return ProxyParse.Incomplete.Instance;
        return input[0] == Signature[0] ? Binary(input) : Line(input);
    }

    private static ProxyParse Line(ReadOnlySpan<byte> input)
    {
        if (!Begins(input, Keyword)) return NoHeader;
        ReadOnlySpan<byte> window = input[..Math.Min(input.Length, LongestLine)];
        int end = window.IndexOfAny((byte)'\r', (byte)'\n');
        if (end >= 0 && (window[end] == '\n' || (end + 1 < window.Length && window[end + 1] != '\n'))) return BadLine;
        if (end < 0 || end + 1 == window.Length)
            return window.Length == LongestLine ? new ProxyParse.Invalid($"PROXY line longer than {LongestLine} octets") : ProxyParse.Incomplete.Instance;

        string[] fields = Encoding.Latin1.GetString(window[Keyword.Length..end]).Split(' ');
        if (fields[0] == "UNKNOWN") return new ProxyParse.Parsed(null, end + 2);
        if (fields is not [var family, var source, var destination, var sourcePort, var destinationPort]) return BadLine;
        if (AddressOf(family, source) is not { } client || AddressOf(family, destination) is null) return BadLine;
        return ClaimedAddress.PortOf(sourcePort) is { } port && ClaimedAddress.PortOf(destinationPort) is not null ? Named(client, port, end + 2) : BadLine;
    }

    private static ProxyParse Binary(ReadOnlySpan<byte> input)
    {
        if (!Begins(input, Signature)) return NoHeader;
        if (input.Length > 12 && (input[12] & 0xF0) != 0x20) return new ProxyParse.Invalid("unknown version of the PROXY header");
        if (input.Length > 12 && input[12] is not (0x20 or 0x21)) return new ProxyParse.Invalid("unknown command in the PROXY header");
        if (input.Length < FixedPart) return ProxyParse.Incomplete.Instance;
        int length = BinaryPrimitives.ReadUInt16BigEndian(input[14..]);
        if (length > LongestBlock) return new ProxyParse.Invalid($"PROXY header longer than {MaximumLength} octets");
        bool isLocal = input[12] == 0x20;
        int least = isLocal ? 0 : input[13] switch
        {
            0x00 or 0x12 or 0x22 or 0x31 or 0x32 => 0,
            0x11 => IPv4Block,
            0x21 => IPv6Block,
            _ => -1,
        };
        if (least < 0) return new ProxyParse.Invalid("unknown address family in the PROXY header");
        if (length < least) return new ProxyParse.Invalid("PROXY header too short for its addresses");
        if (input.Length < FixedPart + length) return ProxyParse.Incomplete.Instance;

        ReadOnlySpan<byte> block = input.Slice(FixedPart, length);
        return least switch
        {
            IPv4Block => Named(new IPAddress(block[..4]), BinaryPrimitives.ReadUInt16BigEndian(block[8..]), FixedPart + length),
            IPv6Block => Named(new IPAddress(block[..16]), BinaryPrimitives.ReadUInt16BigEndian(block[32..]), FixedPart + length),
            _ => new ProxyParse.Parsed(null, FixedPart + length),
        };
    }

    private static ProxyParse Named(IPAddress client, int port, int length)
    {
        if (client.IsIPv4MappedToIPv6) client = client.MapToIPv4();
        return ClaimedAddress.IsHost(client) ? new ProxyParse.Parsed(new IPEndPoint(client, port), length) : new ProxyParse.Invalid("the PROXY header names an address that no client has");
    }

    private static bool Begins(ReadOnlySpan<byte> input, ReadOnlySpan<byte> start) =>
        input.Length < start.Length ? start.StartsWith(input) : input.StartsWith(start);

    private static IPAddress? AddressOf(string family, string text) => family switch
    {
        "TCP4" => ClaimedAddress.Parse(text),
        "TCP6" => ClaimedAddress.Parse($"IPv6:{text}"),
        _ => null,
    };
}
