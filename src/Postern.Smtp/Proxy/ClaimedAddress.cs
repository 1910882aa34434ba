using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Postern.Smtp.Addresses;

namespace Postern.Smtp.Proxy;

/// <summary>An address and port that a peer says are its client's.</summary>
internal static class ClaimedAddress
{
    /// <summary>As strictly as in an address literal: four decimal numbers, or <c>IPv6:</c> and an address without zone.</summary>
    public static IPAddress? Parse(string text) =>
        DomainParser.Parse($"[{text}]", out _) is MailDomain.Literal { Address: var address } ? address : null;

    /// <summary>Neither "any", nor multicast, nor broadcast.</summary>
    public static bool IsHost(IPAddress address) => address.AddressFamily == AddressFamily.InterNetworkV6
        ? !address.IsIPv6Multicast && !address.Equals(IPAddress.IPv6Any)
        : address.GetAddressBytes()[0] is > 0 and < 224;

    public static int? PortOf(string text) =>
        text.Length is > 0 and <= 5 && (text[0] != '0' || text.Length == 1)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port <= 65535
            ? port
            : null;
}
