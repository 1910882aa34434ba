using System.Net;

namespace Postern.Server.Dns;

/// <summary>The question for the names of an address (PTR, RFC 1035 §3.5). The answer is whatever the address's owner wrote there.</summary>
public interface IReverseLookup
{
    /// <summary>In no particular order, without trailing dots.</summary>
    Task<DnsAnswer<string>> NamesAsync(IPAddress address, CancellationToken cancellationToken);
}
