using System.Globalization;

namespace Postern.Mapping.Patterns;

/// <summary>
/// IP addresses as probes carry them, read without allocation. IPv4 is four decimal numbers without leading zeros (a leading zero
/// means octal elsewhere, so it is no address here); IPv6 is RFC 4291 §2.2 without a zone.
/// </summary>
public static class AddressText
{
    public static bool TryRead4(ReadOnlySpan<char> text, out uint address)
    {
        address = 0;
        int parts = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            if (++parts > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0'))
                return false;

            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out byte value))
                return false;

            address = (address << 8) | value;
        }

        return parts == 4;
    }

    public static bool TryRead6(ReadOnlySpan<char> text, out UInt128 address)
    {
        address = 0;
        int gap = text.IndexOf("::", StringComparison.Ordinal);
        if (gap < 0)
            return TryReadGroups(text, out address, out int all) && all == 8;

        ReadOnlySpan<char> head = text[..gap];
        ReadOnlySpan<char> tail = text[(gap + 2)..];
        // Only the last group may be a dotted IPv4 address, so none may end the part before the gap.
        if (head.Contains('.') || !TryReadOptional(head, out UInt128 high, out int before) || !TryReadOptional(tail, out UInt128 low, out int after))
            return false;

        // RFC 4291 lets "::" stand for one group or more.
        if (before + after > 7)
            return false;

        address = (before == 0 ? 0 : high << (16 * (8 - before))) | low;
        return true;
    }

    /// <summary>The mask that keeps the first <paramref name="bits"/> of 32.</summary>
    internal static uint Prefix4(int bits) => bits == 0 ? 0 : uint.MaxValue << (32 - bits);

    /// <summary>The mask that keeps the first <paramref name="bits"/> of 128.</summary>
    internal static UInt128 Prefix6(int bits) => bits == 0 ? 0 : UInt128.MaxValue << (128 - bits);

    private static bool TryReadOptional(ReadOnlySpan<char> text, out UInt128 value, out int groups)
    {
        value = 0;
        groups = 0;
        return text.IsEmpty || TryReadGroups(text, out value, out groups);
    }

    private static bool TryReadGroups(ReadOnlySpan<char> text, out UInt128 value, out int groups)
    {
        value = 0;
        groups = 0;
        foreach (Range range in text.Split(':'))
        {
            ReadOnlySpan<char> group = text[range];
            if (group.Contains('.'))
            {
                if (range.End.GetOffset(text.Length) != text.Length || !TryRead4(group, out uint address))
                    return false;

                value = (value << 32) | address;
                groups += 2;
                continue;
            }

            if (group.Length is 0 or > 4 || !ushort.TryParse(group, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort number))
                return false;

            value = (value << 16) | number;
            groups++;
        }

        return groups <= 8;
    }
}
