using System.Net;

namespace Postern.Server.Dns;

/// <summary>The questions that mail routing and DNS lists ask of the domain name system. Aliases (CNAME) have been followed.</summary>
public interface IDnsLookup
{
    Task<DnsAnswer<MailExchanger>> ExchangersAsync(string name, CancellationToken cancellationToken);

    /// <summary>Addresses of both families, in the order in which they should be tried.</summary>
    Task<DnsAnswer<IPAddress>> AddressesAsync(string name, CancellationToken cancellationToken);

    /// <summary>IPv4 addresses only (A records): a DNS list has no others.</summary>
    Task<DnsAnswer<IPAddress>> Ipv4AddressesAsync(string name, CancellationToken cancellationToken);

    /// <summary>TXT records, the pieces of each joined.</summary>
    Task<DnsAnswer<string>> TextsAsync(string name, CancellationToken cancellationToken);
}
