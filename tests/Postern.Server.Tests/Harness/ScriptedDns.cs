using System.Net;
using Postern.Server.Dns;

namespace Postern.Server.Tests.Harness;

/// <summary>Names and their records; a name that was not given does not exist, "?" in place of records is trouble.</summary>
internal sealed class ScriptedDns : IDnsLookup, IReverseLookup
{
    private readonly Dictionary<string, DnsAnswer<MailExchanger>> _exchangers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DnsAnswer<string>> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DnsAnswer<IPAddress>> _addresses = new(StringComparer.Ordinal);

    private readonly Dictionary<IPAddress, DnsAnswer<string>> _names = [];

    /// <summary>Questions for names are never answered.</summary>
    public bool IsSilent { get; init; }

    public ScriptedDns Reverse(string address, params string[] names)
    {
        _names[IPAddress.Parse(address)] = names is ["?"] ? new DnsAnswer<string>.Trouble("SERVFAIL") : new DnsAnswer<string>.Found([.. names]);
        return this;
    }

    /// <param name="records"><c>10 mx.test</c>; "." is the null MX.</param>
    public ScriptedDns Mx(string name, params string[] records)
    {
        _exchangers[name] = records is ["?"]
            ? new DnsAnswer<MailExchanger>.Trouble("SERVFAIL")
            : new DnsAnswer<MailExchanger>.Found([.. records.Select(r => r.Split(' ')).Select(r => new MailExchanger(int.Parse(r[0]), r[1].TrimEnd('.')))]);
        return this;
    }

    public ScriptedDns Text(string name, params string[] records)
    {
        _texts[name] = records is ["?"] ? new DnsAnswer<string>.Trouble("time-out") : new DnsAnswer<string>.Found([.. records]);
        return this;
    }

    public ScriptedDns Host(string name, params string[] addresses)
    {
        _addresses[name] = addresses is ["?"]
            ? new DnsAnswer<IPAddress>.Trouble("time-out")
            : new DnsAnswer<IPAddress>.Found([.. addresses.Select(IPAddress.Parse)]);
        return this;
    }

    public Task<DnsAnswer<string>> NamesAsync(IPAddress address, CancellationToken cancellationToken) => IsSilent
        ? new TaskCompletionSource<DnsAnswer<string>>().Task
        : Task.FromResult(_names.GetValueOrDefault(address) ?? new DnsAnswer<string>.NoSuchName());

    public Task<DnsAnswer<MailExchanger>> ExchangersAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(_exchangers.GetValueOrDefault(name)
            ?? (_addresses.ContainsKey(name) || _texts.ContainsKey(name) ? new DnsAnswer<MailExchanger>.Found([]) : new DnsAnswer<MailExchanger>.NoSuchName()));

    public async Task<DnsAnswer<IPAddress>> Ipv4AddressesAsync(string name, CancellationToken cancellationToken)
    {
        DnsAnswer<IPAddress> all = await AddressesAsync(name, cancellationToken);
        return all is DnsAnswer<IPAddress>.Found { Records: var records }
            ? new DnsAnswer<IPAddress>.Found([.. records.Where(a => a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)])
            : all;
    }

    public Task<DnsAnswer<string>> TextsAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(_texts.GetValueOrDefault(name) ?? new DnsAnswer<string>.NoSuchName());

    public Task<DnsAnswer<IPAddress>> AddressesAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult(_addresses.GetValueOrDefault(name)
            ?? (_exchangers.ContainsKey(name) || _texts.ContainsKey(name) ? new DnsAnswer<IPAddress>.Found([]) : new DnsAnswer<IPAddress>.NoSuchName()));
}
