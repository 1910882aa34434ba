using System.Collections.Concurrent;

namespace Postern.Server.Delivery;

/// <summary>
/// Next hops that could not be reached: all mail for such a host waits, then one attempt probes it. The wait starts at
/// 5 minutes and doubles to an hour.
/// </summary>
public sealed class HostBackoff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, (TimeSpan Wait, DateTimeOffset Until)> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Hosts that may not be tried now.</summary>
    public IReadOnlySet<string> Waiting
    {
        get
        {
            DateTimeOffset now = time.GetUtcNow();
            return _hosts.Where(h => h.Value.Until > now).Select(h => h.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        }
    }

    /// <summary>When the first waiting host may be tried again; null when none waits.</summary>
    public DateTimeOffset? NextProbe
    {
        get
        {
            DateTimeOffset now = time.GetUtcNow();
            DateTimeOffset[] later = [.. _hosts.Values.Select(h => h.Until).Where(u => u > now)];
            return later.Length == 0 ? null : later.Min();
        }
    }

    public void Failed(string host) => _hosts.AddOrUpdate(
        host,
        _ => (First, time.GetUtcNow() + First),
        (_, old) =>
        {
            TimeSpan wait = old.Until > time.GetUtcNow() ? old.Wait : TimeSpan.FromTicks(Math.Min(old.Wait.Ticks * 2, Longest.Ticks));
            return (wait, time.GetUtcNow() + wait);
        });

    public void Answered(string host) => _hosts.TryRemove(host, out _);
}
