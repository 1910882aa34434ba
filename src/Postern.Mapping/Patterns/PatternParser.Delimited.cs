using System.Globalization;

namespace Postern.Mapping.Patterns;

// The wildcards that are written between delimiters: lists of characters and networks.
internal sealed partial class PatternParser
{
    private void ReadGlob()
    {
        int open = _next;
        List<(char First, char Last)> ranges = [];
        while (TryReadMember(out char first, out bool quoted))
        {
            if (first == ']' && !quoted)
            {
                if (ranges.Count == 0)
                    Fail("\"$[]\" lists no character");
                else
                    AddClass(CharacterSet.Of(ranges.ToArray()), $"\"$[{text[open.._next]}\"");

                return;
            }

            ranges.Add((first, first));
            // A hyphen first or last in the list is a character; between two members it makes a range.
            if (_next + 1 >= text.Length || text[_next] != '-' || text[_next + 1] == ']')
                continue;

            _next++;
            if (!TryReadMember(out char last, out _))
                break;

            if (last < first)
            {
                Fail($"range \"{first}-{last}\" runs backwards");
                return;
            }

            ranges[^1] = (first, last);
        }

        Fail($"\"$[{text[open..]}\" is not closed by \"]\"");
    }

    private bool TryReadMember(out char member, out bool quoted)
    {
        member = default;
        quoted = false;
        if (_next >= text.Length)
            return false;

        member = text[_next++];
        // White space cannot stand in a column unquoted, not even in a list, so "$ " means the space alone here too.
        bool quotes = member == '\\' || (member == '$' && _next < text.Length && text[_next] is ' ' or '\t');
        if (!quotes)
            return true;

        quoted = true;
        if (_next >= text.Length)
            return false;

        member = text[_next++];
        return true;
    }

    private void ReadNetwork4(char open)
    {
        if (!TryReadDelimited(open == '<' ? '>' : ')', out string inside) || !TryReadBits(inside, 32, open == '<' ? 0 : 32, out string host, out int bits))
            return;

        if (!AddressText.TryRead4(host, out uint address))
        {
            Fail($"\"{host}\" is not an IPv4 address");
            return;
        }

        uint mask = AddressText.Prefix4(open == '<' ? 32 - bits : bits);
        Add(new PatternElement.Network4(address & mask, mask, TakeSave()));
    }

    private void ReadNetwork6()
    {
        if (!TryReadDelimited('}', out string inside) || !TryReadBits(inside, 128, 128, out string host, out int bits))
            return;

        if (!AddressText.TryRead6(host, out UInt128 address))
        {
            Fail($"\"{host}\" is not an IPv6 address");
            return;
        }

        UInt128 mask = AddressText.Prefix6(bits);
        Add(new PatternElement.Network6(address & mask, mask, TakeSave()));
    }

    private bool TryReadDelimited(char close, out string inside)
    {
        int end = text.IndexOf(close, _next);
        inside = end < 0 ? "" : text[_next..end];
        if (end < 0)
            Fail($"\"{text[(_next - 2)..]}\" is not closed by \"{close}\"");
        else
            _next = end + 1;

        return end >= 0;
    }

    private bool TryReadBits(string inside, int largest, int unset, out string host, out int bits)
    {
        int slash = inside.IndexOf('/', StringComparison.Ordinal);
        host = slash < 0 ? inside : inside[..slash];
        bits = unset;
        if (slash < 0)
            return true;

        if (int.TryParse(inside.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits <= largest)
            return true;

        Fail($"\"{inside[(slash + 1)..]}\" is not a number of bits from 0 to {largest}");
        return false;
    }
}
