using System.Net;
using System.Net.Sockets;

namespace Postern.Server.Listening;

/// <summary>The network that one client is likely to have whole: a /24 of IPv4, a /64 of IPv6.</summary>
public static class ClientNetwork
{
    private const int Octets4 = 24 / 8;
    private const int Octets6 = 64 / 8;

    /// <returns>its first address.</returns>
    public static IPAddress Of(IPAddress client)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (client.IsIPv4MappedToIPv6) client = client.MapToIPv4();
        Span<byte> octets = stackalloc byte[16];
        client.TryWriteBytes(octets, out int length);
        octets[(client.AddressFamily == AddressFamily.InterNetwork ? Octets4 : Octets6)..].Clear();
        return new IPAddress(octets[..length]);
    }
}
