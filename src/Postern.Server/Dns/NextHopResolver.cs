using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Postern.Smtp.Replies;

namespace Postern.Server.Dns;

/// <summary>
/// MX, then addresses (RFC 5321 §5.1, RFC 7505). At most 5 hosts and 10 addresses an attempt; equal preferences are
/// shuffled; a host of ours and everything less preferred is dropped, so that mail never loops to ourselves.
/// </summary>
/// <param name="dns">asked for everything a stranger's address names.</param>
/// <param name="hosts">asked for hosts that an administrator wrote.</param>
/// <param name="ownNames">names of this MTA, lower case.</param>
/// <param name="isOwnAddress">whether an address belongs to this machine.</param>
/// <param name="random">0 &lt;= x &lt; 1; shuffles equal preferences.</param>
public sealed class NextHopResolver(
    IDnsLookup dns, IDnsLookup hosts, Func<IReadOnlySet<string>> ownNames, Func<IPAddress, bool> isOwnAddress, Func<double> random) : INextHopResolver
{
    private const int MaximumHosts = 5;
    private const int MaximumAddresses = 10;

    private static readonly EnhancedCode NoSuchDomain = new(5, 1, 2);
    private static readonly EnhancedCode NullMx = new(5, 1, 10);
    private static readonly EnhancedCode RoutingLoop = new(5, 4, 6);
    private static readonly EnhancedCode DnsTrouble = new(4, 4, 3);
    private static readonly EnhancedCode NoAddress = new(4, 4, 4);

    public async Task<NextHopRoute> ResolveAsync(string host, int port, bool useMx, bool allowOwnAddresses, CancellationToken cancellationToken)
    {
        if (TryLiteral(host, out IPAddress? literal))
        {
            return allowOwnAddresses || !IsOurs(literal)
                ? new NextHopRoute.Found([new NextHopTarget(host, literal, port)])
                : new NextHopRoute.Unroutable(RoutingLoop, $"{host} is an address of this host");
        }

        if (!useMx) return await AddressesAsync(host, [new MailExchanger(0, host)], isImplicit: true, port, allowOwnAddresses, cancellationToken);
        switch (await dns.ExchangersAsync(host, cancellationToken))
        {
            case DnsAnswer<MailExchanger>.NoSuchName:
                return new NextHopRoute.Unroutable(NoSuchDomain, $"{host} does not exist");
            case DnsAnswer<MailExchanger>.Trouble trouble:
                return new NextHopRoute.Unroutable(DnsTrouble, $"DNS look-up of {host} failed: {trouble.Reason}");
            case DnsAnswer<MailExchanger>.Found { Records: [] }:
                // Without MX the domain is its own mail host (RFC 5321 §5.1).
                return await AddressesAsync(host, [new MailExchanger(0, host)], isImplicit: true, port, allowOwnAddresses, cancellationToken);
            case DnsAnswer<MailExchanger>.Found { Records: var records }:
                if (records.All(r => r.Name.Length == 0)) return new NextHopRoute.Unroutable(NullMx, $"{host} does not accept mail");
                records = [.. records.Where(r => IsHostName(r.Name))];
                if (records.IsEmpty) return new NextHopRoute.Unroutable(NoAddress, $"no mail host of {host} has a name that is one");
                return await AddressesAsync(host, InOrder(records), isImplicit: false, port, allowOwnAddresses, cancellationToken);
            default:
                throw new InvalidOperationException("unknown DNS answer");
        }
    }

    private ImmutableArray<MailExchanger> InOrder(ImmutableArray<MailExchanger> records)
    {
        IReadOnlySet<string> own = ownNames();
        int best = records.Where(r => own.Contains(r.Name)).Select(r => r.Preference).DefaultIfEmpty(int.MaxValue).Min();
        return
        [
            .. records.Where(r => r.Preference < best)
                .Select(r => (Record: r, Key: random()))
                .OrderBy(r => r.Record.Preference).ThenBy(r => r.Key)
                .Select(r => r.Record).Take(MaximumHosts),
        ];
    }

    private async Task<NextHopRoute> AddressesAsync(
        string host, ImmutableArray<MailExchanger> exchangers, bool isImplicit, int port, bool allowOwn, CancellationToken cancellationToken)
    {
        List<(int Preference, NextHopTarget Target)> targets = [];
        bool trouble = false, loops = exchangers.IsEmpty;
        foreach (MailExchanger exchanger in exchangers)
        {
            if (loops) break;
            switch (await (allowOwn ? hosts : dns).AddressesAsync(exchanger.Name, cancellationToken))
            {
                case DnsAnswer<IPAddress>.Trouble:
                    trouble = true;
                    break;
                case DnsAnswer<IPAddress>.Found { Records: var addresses } when !allowOwn && addresses.Any(IsOurs):
                    // INVARIANT: nothing at or behind our own preference is tried (RFC 5321 §5.1).
                    loops = true;
                    targets.RemoveAll(t => t.Preference >= exchanger.Preference);
                    break;
                case DnsAnswer<IPAddress>.Found { Records: var addresses }:
                    targets.AddRange(addresses.Select(a => (exchanger.Preference, new NextHopTarget(exchanger.Name, Plain(a), port))));
                    break;
            }
        }

        if (targets.Count > 0) return new NextHopRoute.Found([.. targets.Select(t => t.Target).Take(MaximumAddresses)]);
        if (loops) return new NextHopRoute.Unroutable(RoutingLoop, $"mail for {host} loops back to this host");
        if (trouble) return new NextHopRoute.Unroutable(DnsTrouble, $"DNS look-up of {host} failed");
        return isImplicit
            ? new NextHopRoute.Unroutable(NoSuchDomain, $"{host} has neither mail host nor address")
            : new NextHopRoute.Unroutable(NoAddress, $"no mail host of {host} has an address");
    }

    /// <summary>Who answers for a zone can put any octets into a name; blanks and line ends would go into logs and notifications.</summary>
    private static bool IsHostName(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');

    private bool IsOurs(IPAddress given)
    {
        IPAddress address = Plain(given);
        return IPAddress.IsLoopback(address)
            || address.Equals(IPAddress.IPv6Any)
            || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes()[0] == 0)
            || isOwnAddress(address);
    }

    /// <summary><c>::ffff:127.0.0.1</c> is 127.0.0.1, whoever writes it.</summary>
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool TryLiteral(string host, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address)
    {
        ReadOnlySpan<char> text = host;
        if (text is ['[', .., ']']) text = text[1..^1];
        if (text.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)) text = text[5..];
        if (!IPAddress.TryParse(text, out address)) return false;
        address = Plain(address);

        // "1" or "0x7f.1" would parse as an address; a next hop must be written in full.
        return text.Contains(':') || text.Count('.') == 3;
    }
}
