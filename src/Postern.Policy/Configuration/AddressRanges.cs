using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

/// <summary>Reads a list of addresses and ranges, such as <c>192.0.2.1, 10.1.0.0/16, 2001:db8::/48</c>.</summary>
internal static class AddressRanges
{
    private const int WidestIPv4 = 8;
    private const int WidestIPv6 = 32;

    /// <summary>Wider ranges than any site's are reported with a warning, the whole world with an error.</summary>
    /// <returns>null when there was an error.</returns>
    public static ImmutableArray<IPNetwork>? Read(Setting setting, ICollection<Diagnostic> diagnostics)
    {
        ImmutableArray<IPNetwork>.Builder ranges = ImmutableArray.CreateBuilder<IPNetwork>();
        foreach (string part in setting.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (RangeOf(part) is not { } range)
            {
                diagnostics.Add(setting.Error($"{setting.Name} needs addresses or ranges without host bits, not \"{Printable.Of(part)}\""));
                return null;
            }

            if (range.PrefixLength == 0)
            {
                diagnostics.Add(setting.Error($"{setting.Name}: \"{Printable.Of(part)}\" is everybody, who could then claim any address"));
                return null;
            }

            if (range.PrefixLength < (range.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? WidestIPv4 : WidestIPv6))
                diagnostics.Add(setting.Warning($"{setting.Name}: whoever has an address in \"{Printable.Of(part)}\" can claim any other"));
            ranges.Add(range);
        }

        return ranges.ToImmutable();
    }

    private static IPNetwork? RangeOf(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string address = slash < 0 ? text : text[..slash];

        // "10.1" is an address to the framework, and another one than its writer meant.
        if (!IPAddress.TryParse(address, out IPAddress? first) || (!address.Contains(':', StringComparison.Ordinal) && address.Count(c => c == '.') != 3)) return null;
        if (address.Contains('%', StringComparison.Ordinal) || address.Contains('[', StringComparison.Ordinal)) return null;
        int bits = first.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        int length = bits;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bits)) return null;
        if (first.IsIPv4MappedToIPv6)
        {
            if (length < 96) return null;
            (first, length) = (first.MapToIPv4(), length - 96);
        }

        // The framework may cut host bits off; whoever writes some means another range than he says.
        return IPNetwork.TryParse($"{first}/{length.ToString(CultureInfo.InvariantCulture)}", out IPNetwork range) && range.BaseAddress.Equals(first) ? range : null;
    }
}
