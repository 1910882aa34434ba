using System.Globalization;
using System.Net.Sockets;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

/// <summary>
/// The probes that scanning makes of one host, in order (Administration Guide 6.3, 11.5.2 and 11.5.7). Two texts start as the host:
/// of the first the leftmost label is dropped again and again, in the second the leftmost label becomes an asterisk.
/// <code>
/// host.sub.example.com   $*  host.sub.example.com  *.sub.example.com  .sub.example.com  *.*.example.com  ...  .com  *.*.*.*  (channel table)  .
/// [192.0.2.1]            $*  [192.0.2.1]  [192.0.2.]  [192.0.]  [192.]  []  [*.*.*.*]  (channel table)  .
/// [IPv6:2001:db8::1]     $*  [IPv6:2001:db8::1]  [IPv6:2001:db8:0:0:0:0:0:]  ...  [IPv6:2001:]  [IPv6:]  []  (channel table)  .
/// </code>
/// A probe is written into a buffer and looked up as a span: scanning a host allocates nothing.
/// </summary>
internal readonly ref struct HostProbes
{
    private readonly MailDomain _host;
    private readonly string _key;
    private readonly string[]? _groups;
    private readonly int _labels;

    public HostProbes(MailDomain host)
    {
        _host = host;
        _key = host.Key;
        _groups = host is MailDomain.Literal ? Groups(host) : null;
        _labels = host is MailDomain.Name ? _key.AsSpan().Count('.') + 1 : 0;
        Count = 3 + host switch
        {
            MailDomain.Name => 2 * _labels,
            MailDomain.Literal { Address.AddressFamily: AddressFamily.InterNetwork } => 6,
            MailDomain.Literal => 10,
            _ => 2,
        };
    }

    /// <summary><c>$*</c> is the first, the channel table the last but one, <c>.</c> the last.</summary>
    public int Count { get; }

    /// <summary>A buffer of this length holds every probe: an asterisk is longer than an empty label, which the result of a rule may have.</summary>
    public int LongestProbe => (2 * _key.Length) + 64;

    /// <summary>Writes probe number <paramref name="index"/>; nothing for the channel table.</summary>
    public HostMatch Write(int index, Span<char> buffer, out int length)
    {
        length = 0;
        if (index == 0) return Take("$*", HostMatchKind.Any, 0, buffer, out length);
        if (index == Count - 2) return new HostMatch(_host, HostMatchKind.ChannelTable, 0);
        if (index == Count - 1) return Take(".", HostMatchKind.Dot, 0, buffer, out length);
        if (index == 1)
        {
            length = _key.AsSpan().ToLowerInvariant(buffer);
            return new HostMatch(_host, HostMatchKind.Exact, 0);
        }

        return _host is MailDomain.Name ? WriteName(index - 1, buffer, out length) : WriteLiteral(index, buffer, out length);
    }

    /// <summary>The groups of a literal: four decimal ones or eight hexadecimal ones.</summary>
    internal static string[] Groups(MailDomain host)
    {
        if (host is not MailDomain.Literal { Address: var address }) return [];
        byte[] bytes = address.GetAddressBytes();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? [.. bytes.Select(b => b.ToString(CultureInfo.InvariantCulture))]
            : [.. Enumerable.Range(0, 8).Select(i => ((bytes[2 * i] << 8) | bytes[(2 * i) + 1]).ToString("x", CultureInfo.InvariantCulture))];
    }

    private HostMatch WriteName(int step, Span<char> buffer, out int length)
    {
        // Odd steps turn one more label into an asterisk, even ones drop one more.
        bool stars = step % 2 == 1;
        int labels = (step + 1) / 2;
        ReadOnlySpan<char> rest = _key;
        length = 0;
        for (int i = 0; i < labels; i++)
        {
            int dot = rest.IndexOf('.');
            if (stars)
            {
                if (i > 0) buffer[length++] = '.';
                buffer[length++] = '*';
            }

            rest = dot < 0 ? [] : rest[(dot + 1)..];
        }

        if (!rest.IsEmpty)
        {
            buffer[length++] = '.';
            length += rest.ToLowerInvariant(buffer[length..]);
        }

        return new HostMatch(_host, stars ? HostMatchKind.Stars : HostMatchKind.Suffix, labels);
    }

    private HostMatch WriteLiteral(int index, Span<char> buffer, out int length)
    {
        if (_groups is null) return Take("[]", HostMatchKind.LiteralPrefix, HostMatch.WholeLiteral, buffer, out length);
        bool four = _groups.Length == 4;
        int kept = _groups.Length + 1 - index;
        if (four && kept == 0) return Take("[]", HostMatchKind.LiteralPrefix, HostMatch.WholeLiteral, buffer, out length);
        if (four && kept < 0) return Take("[*.*.*.*]", HostMatchKind.LiteralPrefix, HostMatch.WholeLiteral, buffer, out length);
        if (!four && kept < 0) return Take("[]", HostMatchKind.LiteralPrefix, HostMatch.WholeLiteral, buffer, out length);
        length = 0;
        ReadOnlySpan<char> open = four ? "[" : "[ipv6:";
        open.CopyTo(buffer);
        length = open.Length;
        for (int i = 0; i < kept; i++)
        {
            _groups[i].CopyTo(buffer[length..]);
            length += _groups[i].Length;
            buffer[length++] = four ? '.' : ':';
        }

        buffer[length++] = ']';
        return new HostMatch(_host, HostMatchKind.LiteralPrefix, kept);
    }

    private HostMatch Take(ReadOnlySpan<char> probe, HostMatchKind kind, int count, Span<char> buffer, out int length)
    {
        probe.CopyTo(buffer);
        length = probe.Length;
        return new HostMatch(_host, kind, count);
    }
}
