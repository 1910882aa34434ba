using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Postern.Cli.Tests.Harness;

/// <summary>PROXY headers as a load balancer writes them.</summary>
public static class ProxyHeaders
{
    private static readonly byte[] Signature = "\r\n\r\n\0\r\nQUIT\n"u8.ToArray();

    /// <summary>Version 1.</summary>
    public static byte[] Line(string client) =>
        Encoding.ASCII.GetBytes($"PROXY {(client.Contains(':', StringComparison.Ordinal) ? "TCP6" : "TCP4")} {client} {(client.Contains(':', StringComparison.Ordinal) ? "::1" : "192.0.2.25")} 40000 25\r\n");

    /// <summary>Version 2, with an extension behind the addresses.</summary>
    public static byte[] Binary(string client)
    {
        byte[] address = IPAddress.Parse(client).GetAddressBytes();
        byte[] length = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)((2 * address.Length) + 4 + 5));
        return [.. Signature, 0x21, (byte)(address.Length == 4 ? 0x11 : 0x21), .. length, .. address, .. address, 0x9C, 0x40, 0, 25, 0x04, 0, 2, 1, 2];
    }

    /// <summary>Version 2, LOCAL: a health check.</summary>
    public static byte[] Local() => [.. Signature, 0x20, 0, 0, 0];

    public static byte[] Unknown() => "PROXY UNKNOWN\r\n"u8.ToArray();
}
