using System.Net;
using System.Net.Sockets;

namespace Postern.Server.Dns;

/// <summary>
/// Looks addresses up as every program on this machine would, with the hosts file: for hosts that an administrator names
/// (<c>daemon</c>). Knows no MX and no TXT records.
/// </summary>
public sealed class SystemNames : IDnsLookup
{
    public Task<DnsAnswer<MailExchanger>> ExchangersAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<DnsAnswer<MailExchanger>>(new DnsAnswer<MailExchanger>.Found([]));

    public Task<DnsAnswer<string>> TextsAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<DnsAnswer<string>>(new DnsAnswer<string>.Found([]));

    public async Task<DnsAnswer<IPAddress>> Ipv4AddressesAsync(string name, CancellationToken cancellationToken)
    {
        DnsAnswer<IPAddress> all = await AddressesAsync(name, cancellationToken);
        return all is DnsAnswer<IPAddress>.Found { Records: var records }
            ? new DnsAnswer<IPAddress>.Found([.. records.Where(a => a.AddressFamily == AddressFamily.InterNetwork)])
            : all;
    }

    public async Task<DnsAnswer<IPAddress>> AddressesAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return new DnsAnswer<IPAddress>.Found([.. await System.Net.Dns.GetHostAddressesAsync(name, cancellationToken)]);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.HostNotFound)
        {
            return new DnsAnswer<IPAddress>.NoSuchName();
        }
        catch (SocketException e)
        {
            return new DnsAnswer<IPAddress>.Trouble(e.SocketErrorCode.ToString());
        }
    }
}
