namespace Postern.Server.Dns;

/// <summary>Finds the addresses that take mail for a host.</summary>
public interface INextHopResolver
{
    /// <param name="host">a domain name, or an address literal with brackets, or a bare IP address.</param>
    /// <param name="useMx">false: the host's own addresses, no MX look-up (<c>nomx</c>, <c>daemon</c>).</param>
    /// <param name="allowOwnAddresses">loopback and our own addresses are refused unless an administrator wrote the host (<c>daemon</c>).</param>
    Task<NextHopRoute> ResolveAsync(string host, int port, bool useMx, bool allowOwnAddresses, CancellationToken cancellationToken);
}
