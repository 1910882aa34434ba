namespace Postern.Server.Delivery.Dsn;

/// <summary>
/// Counts the notifications that an address is sent in a minute about mail of strangers (DSN_RATE). A stranger can write any
/// sender into his mail; who never wrote it must not be buried in failures of it.
/// </summary>
internal sealed class NotificationRate(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (DateTimeOffset Began, int Count)> _sent = new(StringComparer.OrdinalIgnoreCase);
    private DateTimeOffset _swept;

    /// <returns>false: the address has had its share for now.</returns>
    public bool TryTake(string address, int limit)
    {
        DateTimeOffset now = time.GetUtcNow();
        Sweep(now);
        (DateTimeOffset began, int count) = _sent.GetValueOrDefault(address, (now, 0));
        if (now - began >= Window) (began, count) = (now, 0);
        if (count >= limit) return false;
        _sent[address] = (began, count + 1);
        return true;
    }

    private void Sweep(DateTimeOffset now)
    {
        if (now - _swept < Window) return;
        _swept = now;
        foreach (string address in _sent.Where(s => now - s.Value.Began >= Window).Select(s => s.Key)) _sent.Remove(address);
    }
}
