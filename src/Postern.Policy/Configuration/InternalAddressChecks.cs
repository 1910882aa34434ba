using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

// IDEA. INTERNAL_IP says who may relay by address alone, and there are two ways to lose that: a range wider than any site owns, and
// an address that is not a person's but a way in. A NAT gateway, a container bridge or a port forwarder in user space replaces
// the address of everyone behind it by its own; if that one is internal, the whole internet is.
//
// Ranges are found in the entries themselves, and, for text patterns, by asking the table for two addresses of each block that
// a site can hardly own whole. Cost: some 400 look-ups a load. BUGS. A text pattern such as "80.1*" is noticed only if it meets a sample.

/// <summary>Finds addresses that INTERNAL_IP makes internal and that can stand for strangers.</summary>
public static class InternalAddressChecks
{
    public const string Table = "INTERNAL_IP";

    private const int WidestIPv4 = 16;
    private const int WidestIPv6 = 32;

    // Not of the public internet: RFC 1918, 6598, 1122, 3927; RFC 4193, 4291.
    private static readonly ImmutableArray<IPNetwork> Private =
    [
        .. ((string[])["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10"]).Select(n => IPNetwork.Parse(n)),
    ];

    /// <summary>Warns of public ranges wider than a /16 (IPv6: a /32) and of tables that make everybody internal.</summary>
    public static void CheckRanges(MappingSet mappings, ICollection<Diagnostic> diagnostics)
    {
        ArgumentNullException.ThrowIfNull(mappings);
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (mappings.Find(Table) is not { } table) return;
        HashSet<SourcePosition> told = [];
        foreach ((string address, string neighbour) in PublicAddresses())
        {
            if (InternalBy(mappings, table, address) is { } hit && InternalBy(mappings, table, neighbour) == hit && told.Add(hit.Position))
                diagnostics.Add(Diagnostic.Warning(hit.Position, $"\"{hit.Entry.PatternText}\" makes public addresses such as {address} internal: they may relay"));
        }

        foreach (MappingEntry entry in table.Entries)
        {
            foreach (IPNetwork network in entry.Pattern.Elements.Select(NetworkOf).OfType<IPNetwork>().Where(IsTooWide))
            {
                if (InternalBy(mappings, table, network.BaseAddress.ToString())?.Position == entry.Position && told.Add(entry.Position))
                    diagnostics.Add(Diagnostic.Warning(entry.Position, $"\"{entry.PatternText}\" makes the public network {network} internal: all of it may relay"));
            }
        }
    }

    /// <summary>Warns of addresses of this machine's surroundings behind which strangers can stand.</summary>
    public static IEnumerable<Diagnostic> CheckSurroundings(MappingSet mappings, IEnumerable<SharedAddress> addresses)
    {
        ArgumentNullException.ThrowIfNull(mappings);
        ArgumentNullException.ThrowIfNull(addresses);
        if (mappings.Find(Table) is not { } table) yield break;
        foreach (SharedAddress shared in addresses)
        {
            string address = shared.Address.ToString();
            if (InternalBy(mappings, table, address) is not { } hit) continue;
            yield return Diagnostic.Warning(
                hit.Position,
                $"\"{hit.Entry.PatternText}\" makes {address} internal, {shared.Description}: if connections from outside are forwarded, they seem to come from it, and everybody may relay");
        }
    }

    private static RuleHit? InternalBy(MappingSet mappings, MappingTable table, string address)
    {
        MappingContext context = new(mappings, InputFlags.None, CalloutAnswers.Empty, static () => 0);
        return MappingEvaluator.Map(table, address, context) is MappingResult.Match { AllFailed: false } match && match.Flags.Has('Y') ? match.Hit : null;
    }

    private static IPNetwork? NetworkOf(PatternElement element)
    {
        switch (element)
        {
            case PatternElement.Network4 four:
                byte[] octets = new byte[sizeof(uint)];
                BinaryPrimitives.WriteUInt32BigEndian(octets, four.Network);
                return new IPNetwork(new IPAddress(octets), BitOperations.PopCount(four.Mask));
            case PatternElement.Network6 six:
                byte[] groups = new byte[16];
                BinaryPrimitives.WriteUInt128BigEndian(groups, six.Network);
                return new IPNetwork(new IPAddress(groups), (int)UInt128.PopCount(six.Mask));
            default:
                return null;
        }
    }

    private static bool IsTooWide(IPNetwork network) =>
        network.PrefixLength < (network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? WidestIPv4 : WidestIPv6)
        && !Private.Any(p => p.PrefixLength <= network.PrefixLength && p.Contains(network.BaseAddress));

    /// <summary>Pairs of addresses that only a network wider than allowed holds both of.</summary>
    private static IEnumerable<(string Address, string Neighbour)> PublicAddresses()
    {
        for (int first = 1; first < 224; first++)
        {
            if (!Private.Any(p => p.Contains(IPAddress.Parse($"{first}.77.133.201"))))
                yield return ($"{first}.77.133.201", $"{first}.76.31.54");
        }

        (string, string)[] blocks = [("2001:4860", "2001:4861"), ("2003:de", "2003:df"), ("2400:cb00", "2400:cb01"), ("2600:1234", "2600:1235"), ("2800:a4", "2800:a5"), ("2a00:1450", "2a00:1451"), ("2a02:2e0", "2a02:2e1"), ("2c0f:fb50", "2c0f:fb51")];
        foreach ((string block, string next) in blocks)
            yield return (IPAddress.Parse($"{block}:77::c9").ToString(), IPAddress.Parse($"{next}:31::54").ToString());
    }
}
