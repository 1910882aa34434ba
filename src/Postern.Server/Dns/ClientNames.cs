using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Access;

namespace Postern.Server.Dns;

/// <summary>
/// Finds the host name of a client and confirms it: a name counts only when its own address records hold the client's
/// address. All questions together have one time limit; without an answer there is no name.
/// </summary>
public sealed class ClientNames(IReverseLookup reverse, IDnsLookup dns, TimeProvider time)
{
    /// <summary>A client waits so long for its greeting at most.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>Names of one address that are tried; whoever writes more does not want to be recognised.</summary>
    private const int MostNames = 5;

    /// <returns>one name: the first confirmed one in alphabetical order, else the first; loopback has none.</returns>
    public async Task<DnsAnswer<ClientName>> FindAsync(IPAddress client, CancellationToken cancellationToken)
    {
        if (IPAddress.IsLoopback(client) || client.IsIPv6LinkLocal) return new DnsAnswer<ClientName>.NoSuchName();
        using CancellationTokenSource limit = new(TimeLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // A lookup that does not heed its token must not hold the client either.
            return await AskAsync(client, either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new DnsAnswer<ClientName>.Trouble($"no answer within {TimeLimit.TotalSeconds:0} s");
        }
    }

    private async Task<DnsAnswer<ClientName>> AskAsync(IPAddress client, CancellationToken cancellationToken)
    {
        switch (await reverse.NamesAsync(client, cancellationToken))
        {
            case DnsAnswer<string>.Trouble trouble:
                return new DnsAnswer<ClientName>.Trouble(trouble.Reason);
            case DnsAnswer<string>.Found { Records: var names }:
                ImmutableArray<string> candidates =
                [
                    .. names.Select(n => ClientName.Of(n, confirmed: false)?.Domain.Key).OfType<string>()
                        .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MostNames),
                ];
                foreach (string name in candidates)
                {
                    if (await IsConfirmedAsync(name, client, cancellationToken)) return new DnsAnswer<ClientName>.Found([ClientName.Of(name, confirmed: true)!]);
                }

                return candidates.IsEmpty ? new DnsAnswer<ClientName>.NoSuchName() : new DnsAnswer<ClientName>.Found([ClientName.Of(candidates[0], confirmed: false)!]);
            default:
                return new DnsAnswer<ClientName>.NoSuchName();
        }
    }

    private async Task<bool> IsConfirmedAsync(string name, IPAddress client, CancellationToken cancellationToken) =>
        await dns.AddressesAsync(name, cancellationToken) is DnsAnswer<IPAddress>.Found { Records: var addresses }
        && addresses.Any(a => (a.IsIPv4MappedToIPv6 ? a.MapToIPv4() : a).Equals(client));
}
