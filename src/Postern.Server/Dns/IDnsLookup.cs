using System.Net;

namespace Postern.Server.Dns;

/// <summary>The two questions mail routing asks of the domain name system. Aliases (CNAME) have been followed.</summary>
public interface IDnsLookup
{
    Task<DnsAnswer<MailExchanger>> ExchangersAsync(string name, CancellationToken cancellationToken);

    /// <summary>Addresses of both families, in the order in which they should be tried.</summary>
    Task<DnsAnswer<IPAddress>> AddressesAsync(string name, CancellationToken cancellationToken);
}
