using System.Collections.Concurrent;
using System.Net;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;

namespace Postern.Server.Listening;

/// <summary>
/// Counts the open connections of one listener, in all, per client address and per network of clients, and how often an address
/// comes. Kestrel's own limit closes without a word; a client of ours is told 421 instead.
/// </summary>
/// <remarks>COST. An address that is gone takes no memory, save one of the last <see cref="RememberedAddresses"/> where a rate is asked for.</remarks>
/// <param name="maximum">open connections in all; 0 is no limit, as below.</param>
/// <param name="perAddress">open connections of one client address.</param>
/// <param name="perNetwork">open connections of one /24 or /64.</param>
/// <param name="perMinute">new connections of one client address in a minute, as an average.</param>
public sealed class ConnectionGate(TimeProvider time, int maximum, int perAddress = 0, int perNetwork = 0, int perMinute = 0)
{
    private const int RememberedAddresses = 100_000;

    private readonly ConcurrentDictionary<IPAddress, int> _byAddress = new();
    private readonly ConcurrentDictionary<IPAddress, int> _byNetwork = new();
    private readonly ThrottleTable _rates = new(time);
    private readonly ThrottleDefinition _rate = new("", perMinute, TimeSpan.FromMinutes(1), RememberedAddresses, Penalize: false, IgnoresCase: false);
    private int _open;

    public int Open => Volatile.Read(ref _open);

    /// <summary>Takes a place; each success must be followed by one <see cref="Leave"/>.</summary>
    /// <returns>null for success.</returns>
    public ConnectionRefusal? Enter(IPAddress address)
    {
        if (Interlocked.Increment(ref _open) > maximum && maximum > 0)
        {
            Interlocked.Decrement(ref _open);
            return ConnectionRefusal.Service;
        }

        int ofAddress = Raise(_byAddress, address);
        int ofNetwork = perNetwork > 0 ? Raise(_byNetwork, ClientNetwork.Of(address)) : 0;
        ConnectionRefusal? refusal = perAddress > 0 && ofAddress > perAddress ? ConnectionRefusal.Address
            : ofNetwork > perNetwork ? ConnectionRefusal.Network
            : perMinute > 0 && _rates.Count(_rate, address.ToString()) ? ConnectionRefusal.Rate
            : null;
        if (refusal is not null) Leave(address);
        return refusal;
    }

    public void Leave(IPAddress address)
    {
        Interlocked.Decrement(ref _open);
        Lower(_byAddress, address);
        if (perNetwork > 0) Lower(_byNetwork, ClientNetwork.Of(address));
    }

    private static int Raise(ConcurrentDictionary<IPAddress, int> counts, IPAddress key) => counts.AddOrUpdate(key, 1, static (_, n) => n + 1);

    private static void Lower(ConcurrentDictionary<IPAddress, int> counts, IPAddress key)
    {
        int left = counts.AddOrUpdate(key, 0, static (_, n) => n - 1);
        if (left <= 0) counts.TryRemove(new KeyValuePair<IPAddress, int>(key, left));
    }
}
