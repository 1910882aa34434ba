using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace Postern.Server.Dns;

/// <summary>Asks the name servers of the system, or those the configuration names. Answers are kept for their time to live, an hour at most.</summary>
public sealed class DnsClientLookup : IDnsLookup, IReverseLookup
{
    private static readonly TimeSpan LongestCache = TimeSpan.FromHours(1);
    private static readonly TimeSpan FailureCache = TimeSpan.FromSeconds(60);

    private readonly LookupClient _client;

    /// <param name="servers">empty: those of the system.</param>
    public DnsClientLookup(ImmutableArray<IPEndPoint> servers)
    {
        LookupClientOptions options = servers.IsDefaultOrEmpty ? new LookupClientOptions() : new LookupClientOptions([.. servers]);
        options.UseCache = true;
        options.MaximumCacheTimeout = LongestCache;
        options.CacheFailedResults = true;
        options.FailedResultsCacheDuration = FailureCache;
        options.Timeout = TimeSpan.FromSeconds(5);
        options.Retries = 2;
        options.ThrowDnsErrors = false;
        _client = new LookupClient(options);
    }

    public async Task<DnsAnswer<MailExchanger>> ExchangersAsync(string name, CancellationToken cancellationToken) =>
        await AskAsync(name, QueryType.MX, answer => answer.MxRecords().Select(r => new MailExchanger(r.Preference, Plain(r.Exchange.Value))), cancellationToken);

    /// <summary>IPv6 and IPv4 addresses by turns, IPv6 first.</summary>
    public async Task<DnsAnswer<IPAddress>> AddressesAsync(string name, CancellationToken cancellationToken)
    {
        DnsAnswer<IPAddress>[] answers = await Task.WhenAll(
            AskAsync(name, QueryType.AAAA, answer => answer.AaaaRecords().Select(r => r.Address), cancellationToken),
            AskAsync(name, QueryType.A, answer => answer.ARecords().Select(r => r.Address), cancellationToken));
        ImmutableArray<IPAddress> six = Records(answers[0]), four = Records(answers[1]);
        if (six.IsEmpty && four.IsEmpty)
        {
            // One family without an answer may hide addresses: "cannot tell" is stronger than "none".
            return answers.OfType<DnsAnswer<IPAddress>.Trouble>().FirstOrDefault<DnsAnswer<IPAddress>>()
                ?? answers.OfType<DnsAnswer<IPAddress>.NoSuchName>().FirstOrDefault<DnsAnswer<IPAddress>>()
                ?? answers[0];
        }

        ImmutableArray<IPAddress>.Builder merged = ImmutableArray.CreateBuilder<IPAddress>(six.Length + four.Length);
        for (int i = 0; i < Math.Max(six.Length, four.Length); i++)
        {
            if (i < six.Length) merged.Add(six[i]);
            if (i < four.Length) merged.Add(four[i]);
        }

        return new DnsAnswer<IPAddress>.Found(merged.MoveToImmutable());
    }

    public async Task<DnsAnswer<IPAddress>> Ipv4AddressesAsync(string name, CancellationToken cancellationToken) =>
        await AskAsync(name, QueryType.A, answer => answer.ARecords().Select(r => r.Address), cancellationToken);

    public async Task<DnsAnswer<string>> TextsAsync(string name, CancellationToken cancellationToken) =>
        await AskAsync(name, QueryType.TXT, answer => answer.TxtRecords().Select(r => string.Concat(r.Text)), cancellationToken);

    public async Task<DnsAnswer<string>> NamesAsync(IPAddress address, CancellationToken cancellationToken) =>
        await AskAsync(address.GetArpaName(), QueryType.PTR, answer => answer.PtrRecords().Select(r => Plain(r.PtrDomainName.Value)), cancellationToken);

    private async Task<DnsAnswer<T>> AskAsync<T>(
        string name, QueryType type, Func<IReadOnlyList<DnsResourceRecord>, IEnumerable<T>> read, CancellationToken cancellationToken)
    {
        try
        {
            IDnsQueryResponse response = await _client.QueryAsync(name, type, QueryClass.IN, cancellationToken);
            return response.Header.ResponseCode switch
            {
                DnsHeaderResponseCode.NoError => new DnsAnswer<T>.Found([.. read(response.Answers)]),
                DnsHeaderResponseCode.NotExistentDomain => new DnsAnswer<T>.NoSuchName(),
                var code => new DnsAnswer<T>.Trouble(code.ToString()),
            };
        }
        catch (Exception e) when (e is DnsResponseException or SocketException or IOException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new DnsAnswer<T>.Trouble(e is DnsResponseException { DnsError: { } error } ? error : e.Message);
        }
        catch (ArgumentException e)
        {
            // A name that cannot be put into a question, such as one with a label over 63 octets, does not exist.
            return e.ParamName is "query" or "name" or null ? new DnsAnswer<T>.NoSuchName() : new DnsAnswer<T>.Trouble(e.Message);
        }
    }

    private static ImmutableArray<IPAddress> Records(DnsAnswer<IPAddress> answer) =>
        answer is DnsAnswer<IPAddress>.Found { Records: var records } ? records : [];

    private static string Plain(string name) => name.TrimEnd('.').ToLowerInvariant();
}
