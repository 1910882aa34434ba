using System.Collections.Concurrent;
using System.Net;

namespace Postern.Server.Listening;

/// <summary>
/// Counts the open connections of one listener, in all and per client address. Kestrel's own limit closes without
/// a word; a client of ours is told 421 instead.
/// </summary>
/// <param name="maximum">open connections in all; 0 is no limit.</param>
/// <param name="maximumPerAddress">open connections of one client address; 0 is no limit.</param>
public sealed class ConnectionGate(int maximum, int maximumPerAddress)
{
    private readonly ConcurrentDictionary<IPAddress, int> _byAddress = new();
    private int _open;

    public int Open => Volatile.Read(ref _open);

    /// <summary>Takes a place; each success must be followed by one <see cref="Leave"/>.</summary>
    public bool TryEnter(IPAddress address)
    {
        if (Interlocked.Increment(ref _open) > maximum && maximum > 0)
        {
            Interlocked.Decrement(ref _open);
            return false;
        }

        int ofAddress = _byAddress.AddOrUpdate(address, 1, static (_, n) => n + 1);
        if (maximumPerAddress <= 0 || ofAddress <= maximumPerAddress) return true;
        Leave(address);
        return false;
    }

    public void Leave(IPAddress address)
    {
        Interlocked.Decrement(ref _open);
        int left = _byAddress.AddOrUpdate(address, 0, static (_, n) => n - 1);
        if (left <= 0) _byAddress.TryRemove(new KeyValuePair<IPAddress, int>(address, left));
    }
}
