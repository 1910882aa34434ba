using System.Collections.Frozen;
using System.Net;
using System.Net.NetworkInformation;

namespace Postern.Server.Operations;

/// <summary>The addresses of this machine's interfaces, looked at again once a minute.</summary>
internal sealed class OwnAddresses(TimeProvider time)
{
    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private FrozenSet<IPAddress> _addresses = [];
    private DateTimeOffset _until = DateTimeOffset.MinValue;

    public bool Contains(IPAddress address)
    {
        lock (_gate)
        {
            if (time.GetUtcNow() >= _until)
            {
                _addresses = NetworkInterface.GetAllNetworkInterfaces()
                    .SelectMany(i => i.GetIPProperties().UnicastAddresses)
                    .Select(a => a.Address)
                    .ToFrozenSet();
                _until = time.GetUtcNow() + GoodFor;
            }

            return _addresses.Contains(address);
        }
    }
}
