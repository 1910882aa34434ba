namespace Postern.Server.Delivery;

/// <summary>
/// Next hops that could not be reached, and how many attempts run for each: all mail for a faulty host waits, then a single
/// attempt probes it. The wait starts as HOST_BACKOFF says and doubles to an hour.
/// </summary>
/// <param name="limit">concurrent attempts for one next hop.</param>
public sealed class HostBackoff(TimeProvider time, int limit = HostBackoff.DefaultLimit)
{
    /// <summary>MAX_CONNS_PER_HOST when nothing else is configured.</summary>
    public const int DefaultLimit = 5;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Hop> _hops = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Hosts no attempt may be started for now.</summary>
    public IReadOnlySet<string> Waiting
    {
        get
        {
            lock (_gate)
            {
                DateTimeOffset now = time.GetUtcNow();
                return _hops.Where(h => h.Value.Until > now || h.Value.Running >= (h.Value.IsFaulty ? 1 : limit))
                    .Select(h => h.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
            }
        }
    }

    /// <summary>For each host at work, how many messages may wait before another attempt beside those under way (<c>threaddepth</c>).</summary>
    /// <param name="depth">messages for each attempt under way.</param>
    public IReadOnlyDictionary<string, int> Backlog(int depth)
    {
        lock (_gate)
        {
            return _hops.Where(h => h.Value.Running > 0)
                .ToDictionary(h => h.Key.ToLowerInvariant(), h => (int)Math.Min((long)h.Value.Running * depth, int.MaxValue), StringComparer.Ordinal);
        }
    }

    /// <summary>The first time later than <paramref name="after"/> at which a waiting host may be tried again; null when there is none.</summary>
    public DateTimeOffset? NextProbe(DateTimeOffset after)
    {
        lock (_gate) return _hops.Values.Where(h => h.Until > after).Select(h => (DateTimeOffset?)h.Until).Min();
    }

    /// <summary>An attempt begins; <see cref="Failed"/> or <see cref="Answered"/>, and then <see cref="Ended"/>, must follow.</summary>
    public void Started(string host)
    {
        lock (_gate) _hops[host] = _hops.GetValueOrDefault(host) with { Running = _hops.GetValueOrDefault(host).Running + 1 };
    }

    public void Ended(string host)
    {
        lock (_gate)
        {
            Hop hop = _hops.GetValueOrDefault(host);
            Keep(host, hop with { Running = hop.Running - 1 });
        }
    }

    /// <summary>The host could not be used. Attempts that were under way together count as one failure.</summary>
    /// <param name="first">the wait after the first failure.</param>
    public void Failed(string host, TimeSpan first)
    {
        lock (_gate)
        {
            Hop hop = _hops.GetValueOrDefault(host);
            DateTimeOffset now = time.GetUtcNow();
            if (hop.Until > now) return;
            TimeSpan wait = hop.IsFaulty ? TimeSpan.FromTicks(Math.Min(hop.Wait.Ticks * 2, Longest.Ticks)) : first;
            _hops[host] = hop with { Wait = wait, Until = now + wait };
        }
    }

    public void Answered(string host)
    {
        lock (_gate) Keep(host, _hops.GetValueOrDefault(host) with { Wait = TimeSpan.Zero, Until = DateTimeOffset.MinValue });
    }

    private void Keep(string host, Hop hop)
    {
        if (hop is { Running: <= 0, IsFaulty: false }) _hops.Remove(host);
        else _hops[host] = hop;
    }

    private readonly record struct Hop(int Running, TimeSpan Wait, DateTimeOffset Until)
    {
        public bool IsFaulty => Wait > TimeSpan.Zero;
    }
}
