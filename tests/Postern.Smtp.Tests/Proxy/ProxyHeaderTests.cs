using System.Buffers.Binary;
using System.Net;
using System.Text;
using CsCheck;
using Postern.Smtp.Proxy;
using Postern.Smtp.Tests.Conformance;

namespace Postern.Smtp.Tests.Proxy;

public sealed class ProxyHeaderTests
{
    private static readonly IReadOnlyDictionary<string, Case> Cases = Case.ReadAll("proxy");

    private static readonly byte[] Signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    private static readonly string[] Pieces =
        ["PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "192.0.2.1 ", "::1 ", "::ffff:10.1.2.3 ", "25", "0", " ", ".", ":", "\r\n", "\r", "\n", "EHLO c\r\n", "\r\n\r\n\0\r\nQUIT\n", "\x21\x11\0\x0c", "\x20\0\0\0", "\x21\x21\0\x24", "{z}", "\xff"];

    private static readonly Gen<byte[]> Input = Gen.OneOf(
        Gen.Byte.Array[0, 60],
        Gen.Byte.Array[0, 60].Select(tail => (byte[])[.. Signature, .. tail]),
        Gen.Byte.Array[0, 120].Select(tail => (byte[])[.. "PROXY "u8, .. tail]),
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 12].Select(p => Encoding.Latin1.GetBytes(string.Concat(p))));

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Header_is_read_as_the_table_says(string where)
    {
        Case row = Cases[where];
        byte[] given = Encoding.Latin1.GetBytes(row.Get("given"));
        string want = row.Get("want");
        row.AssertAllKeysKnown();
        ProxyParse parse = ProxyHeader.Parse(given);
        Assert.Equal(want, Describe(parse));
        CheckPrefixes(given);
        if (parse is not ProxyParse.Parsed parsed) return;
        Assert.Equal(given.Length, parsed.Length);
        Assert.Equal(parsed, ProxyHeader.Parse([.. given, .. "EHLO client.example\r\n"u8]));
        Assert.Equal(parsed, ProxyHeader.Parse([.. given, .. given]));
    }

    [Fact]
    public void No_octets_make_the_parser_throw_or_depend_on_how_they_were_cut() => Input.Sample(CheckPrefixes, iter: 50_000, seed: "0000000000004");

    [Fact]
    public void Both_versions_name_every_client_alike() => Gen.Select(Gen.Byte.Array[4], Gen.Byte.Array[16], Gen.UShort, Gen.Bool).Sample(
        (four, six, port, isFour) =>
        {
            IPAddress client = new(isFour ? four : six);
            byte[] line = Encoding.ASCII.GetBytes($"PROXY {(isFour ? "TCP4" : "TCP6")} {client} {client} {port} 25\r\n");
            ProxyParse text = ProxyHeader.Parse(line), binary = ProxyHeader.Parse(Binary(client, port));
            if (text is not ProxyParse.Parsed { Client: { } named })
            {
                Assert.Equal(text, binary);
                return;
            }

            Assert.Equal(new IPEndPoint(client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client, port), named);
            Assert.Equal(named, Assert.IsType<ProxyParse.Parsed>(binary).Client);
        },
        iter: 20_000);

    /// <summary>What a prefix is, is what more octets leave it: incomplete until it is decided, and decided once.</summary>
    private static void CheckPrefixes(byte[] input)
    {
        ProxyParse? decided = null;
        for (int length = 0; length <= input.Length; length++)
        {
            ProxyParse parse = ProxyHeader.Parse(input.AsSpan(0, length));
            if (parse is ProxyParse.Parsed { Length: var header }) Assert.InRange(header, 15, length);
            if (decided is null) decided = parse is ProxyParse.Incomplete ? null : parse;
            else Assert.Equal(decided, parse);
        }
    }

    private static byte[] Binary(IPAddress client, ushort port)
    {
        byte[] address = client.GetAddressBytes();
        byte[] ports = new byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(ports, port);
        BinaryPrimitives.WriteUInt16BigEndian(ports.AsSpan(2), 25);
        return [.. Signature, 0x21, (byte)(address.Length == 4 ? 0x11 : 0x21), 0, (byte)((2 * address.Length) + 4), .. address, .. address, .. ports];
    }

    private static string Describe(ProxyParse parse) => parse switch
    {
        ProxyParse.Parsed { Client: { } client } => client.ToString(),
        ProxyParse.Parsed => "nobody",
        ProxyParse.Invalid invalid => $"invalid: {invalid.Reason}",
        _ => "incomplete",
    };
}
