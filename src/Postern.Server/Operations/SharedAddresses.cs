using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>The addresses around this machine that forwarded connections can seem to come from: default gateways and the bridges of containers and virtual machines.</summary>
public static class SharedAddresses
{
    // Where the kernel is not asked, the names that container and virtual machine software gives.
    private static readonly ImmutableArray<string> BridgeNames = ["docker", "br-", "virbr", "podman", "cni", "lxcbr", "lxdbr", "vmnet"];

    /// <exception cref="NetworkInformationException">the system does not tell.</exception>
    public static ImmutableArray<SharedAddress> Look()
    {
        List<SharedAddress> found = [];
        foreach (NetworkInterface device in NetworkInterface.GetAllNetworkInterfaces())
        {
            IPInterfaceProperties properties = device.GetIPProperties();
            foreach (GatewayIPAddressInformation gateway in properties.GatewayAddresses)
                found.Add(new SharedAddress(gateway.Address, "the default gateway"));
            if (!IsBridge(device.Name)) continue;
            foreach (UnicastIPAddressInformation own in properties.UnicastAddresses)
            {
                found.Add(new SharedAddress(own.Address, $"the address of the bridge {device.Name}"));
                if (Neighbour(own) is { } neighbour) found.Add(new SharedAddress(neighbour, $"an address of a container or machine behind the bridge {device.Name}"));
            }
        }

        return [.. found.Where(s => !IPAddress.Any.Equals(s.Address) && !IPAddress.IPv6Any.Equals(s.Address)).DistinctBy(s => s.Address)];
    }

    private static bool IsBridge(string name) =>
        Directory.Exists($"/sys/class/net/{name}/bridge") || BridgeNames.Any(b => name.StartsWith(b, StringComparison.Ordinal));

    /// <summary>One more address of the network, for all that are behind the bridge.</summary>
    private static IPAddress? Neighbour(UnicastIPAddressInformation own)
    {
        if (own.Address.AddressFamily != AddressFamily.InterNetwork || own.PrefixLength > 30) return null;
        byte[] octets = own.Address.GetAddressBytes();
        octets[3] ^= 1 << 1;
        return new IPAddress(octets);
    }
}
