using System.Net;
using System.Net.Sockets;

namespace Postern.Server.Callouts;

/// <summary>The name under which a DNS list keeps an address (RFC 5782 §2.1, §2.4).</summary>
internal static class DnsListName
{
    /// <summary>IPv4: the octets, last first, in decimal. IPv6: the 32 nibbles, last first, in hexadecimal.</summary>
    public static string Of(IPAddress address, string list)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        byte[] octets = address.GetAddressBytes();
        Array.Reverse(octets);
        IEnumerable<string> labels = address.AddressFamily == AddressFamily.InterNetwork
            ? octets.Select(o => $"{o}")
            : octets.SelectMany(o => (IEnumerable<string>)[$"{o & 15:x}", $"{o >> 4:x}"]);
        return $"{string.Join('.', labels)}.{list}";
    }
}
