using System.Collections.Immutable;
using System.Net;
using DnsClient;
using DnsClient.Protocol;
using Postern.Smtp.Replies;

namespace Postern.Server.Dns;

/// <summary>
/// MX, then A and AAAA (RFC 5321 §5.1, RFC 7505). At most 5 hosts and 10 addresses an attempt; equal preferences are
/// shuffled; this host and everything less preferred is dropped, so that mail never loops to ourselves.
/// </summary>
/// <param name="ownNames">names of this MTA, lower case.</param>
/// <param name="isOwnAddress">whether an address belongs to this machine.</param>
/// <param name="random">0 &lt;= x &lt; 1; shuffles equal preferences.</param>
public sealed class NextHopResolver(ILookupClient dns, IReadOnlySet<string> ownNames, Func<IPAddress, bool> isOwnAddress, Func<double> random)
    : INextHopResolver
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
            return Usable(literal, allowOwnAddresses)
                ? new NextHopRoute.Found([new NextHopTarget(host, literal, port)])
                : new NextHopRoute.Unroutable(RoutingLoop, $"{host} is an address of this host");
        try
        {
            ImmutableArray<string> exchangers = [host];
            if (useMx)
            {
                (NextHopRoute.Unroutable? none, exchangers) = await ExchangersAsync(host, cancellationToken);
                if (none is not null) return none;
            }

            return await AddressesAsync(host, exchangers, port, allowOwnAddresses, cancellationToken);
        }
        catch (DnsResponseException e) when (e.Code != DnsResponseCode.NotExistentDomain)
        {
            return new NextHopRoute.Unroutable(DnsTrouble, $"DNS look-up of {host} failed: {e.DnsError}");
        }
    }

    private async Task<(NextHopRoute.Unroutable? None, ImmutableArray<string> Names)> ExchangersAsync(string host, CancellationToken cancellationToken)
    {
        IDnsQueryResponse answer = await dns.QueryAsync(host, QueryType.MX, QueryClass.IN, cancellationToken);
        if (answer.HasError)
        {
            return answer.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain
                ? (new NextHopRoute.Unroutable(NoSuchDomain, $"{host} does not exist"), [])
                : (new NextHopRoute.Unroutable(DnsTrouble, $"DNS look-up of {host} failed: {answer.ErrorMessage}"), []);
        }

        List<MxRecord> records = [.. answer.Answers.MxRecords()];
        if (records.Count == 0) return (null, [host]);
        if (records is [{ Exchange.Value: "." }]) return (new NextHopRoute.Unroutable(NullMx, $"{host} does not accept mail"), []);

        int own = records.Where(r => ownNames.Contains(Name(r))).Select(r => (int)r.Preference).DefaultIfEmpty(int.MaxValue).Min();
        ImmutableArray<string> names =
        [
            .. records.Where(r => r.Preference < own)
                .Select(r => (Record: r, Key: random()))
                .OrderBy(r => r.Record.Preference).ThenBy(r => r.Key)
                .Select(r => Name(r.Record)).Take(MaximumHosts),
        ];
        return names.IsEmpty
            ? (new NextHopRoute.Unroutable(RoutingLoop, $"mail for {host} loops back to this host"), [])
            : (null, names);
    }

    private async Task<NextHopRoute> AddressesAsync(
        string host, ImmutableArray<string> exchangers, int port, bool allowOwn, CancellationToken cancellationToken)
    {
        ImmutableArray<NextHopTarget>.Builder targets = ImmutableArray.CreateBuilder<NextHopTarget>();
        bool trouble = false, refusedOwn = false, exists = false;
        foreach (string name in exchangers)
        {
            IDnsQueryResponse[] answers = await Task.WhenAll(
                dns.QueryAsync(name, QueryType.AAAA, QueryClass.IN, cancellationToken),
                dns.QueryAsync(name, QueryType.A, QueryClass.IN, cancellationToken));
            trouble |= answers.Any(a => a.HasError && a.Header.ResponseCode != DnsHeaderResponseCode.NotExistentDomain);
            exists |= answers.Any(a => !a.HasError);
            IPAddress[] six = [.. answers[0].Answers.AaaaRecords().Select(r => r.Address)];
            IPAddress[] four = [.. answers[1].Answers.ARecords().Select(r => r.Address)];
            for (int i = 0; i < Math.Max(six.Length, four.Length); i++)
            {
                foreach (IPAddress[] family in (IPAddress[][])[six, four])
                {
                    if (i >= family.Length || targets.Count >= MaximumAddresses) continue;
                    if (Usable(family[i], allowOwn)) targets.Add(new NextHopTarget(name, family[i], port));
                    else refusedOwn = true;
                }
            }
        }

        if (targets.Count > 0) return new NextHopRoute.Found(targets.ToImmutable());
        if (refusedOwn) return new NextHopRoute.Unroutable(RoutingLoop, $"mail for {host} loops back to this host");
        if (trouble) return new NextHopRoute.Unroutable(DnsTrouble, $"DNS look-up of {host} failed");
        return exchangers is [var only] && only == host && !exists
            ? new NextHopRoute.Unroutable(NoSuchDomain, $"{host} does not exist")
            : new NextHopRoute.Unroutable(NoAddress, $"no mail host of {host} has an address");
    }

    private bool Usable(IPAddress address, bool allowOwn) =>
        allowOwn || !(IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || isOwnAddress(address));

    private static string Name(MxRecord record) => record.Exchange.Value.TrimEnd('.').ToLowerInvariant();

    private static bool TryLiteral(string host, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IPAddress? address)
    {
        ReadOnlySpan<char> text = host;
        if (text is ['[', .., ']']) text = text[1..^1];
        if (text.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)) text = text[5..];
        if (!IPAddress.TryParse(text, out address)) return false;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();

        // "1" or "0x7f.1" would parse as an address; a next hop must be written in full.
        return text.Contains(':') || text.Count('.') == 3;
    }
}
