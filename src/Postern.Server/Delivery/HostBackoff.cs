namespace Postern.Server.Delivery;

/// <summary>
/// Next hops that could not be reached, and how many jobs run for each: all mail for a faulty host waits, then a single
/// job probes it. The wait starts as HOST_BACKOFF says and doubles to an hour. Where MAX_RATE_PER_HOST says how many messages
/// a minute a host may get, they are spaced evenly.
/// </summary>
public sealed class HostBackoff(TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Hop> _hops = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Hosts no job may be started for now.</summary>
    /// <param name="limit">jobs at a time for one next hop (MAX_CONNS_PER_HOST).</param>
    public IReadOnlySet<string> Waiting(int limit)
    {
        lock (_gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            foreach (string host in _hops.Where(h => h.Value is { Running: <= 0, IsFaulty: false } && h.Value.NextTurn <= now).Select(h => h.Key)) _hops.Remove(host);
            return _hops.Where(h => h.Value.NotBefore > now || h.Value.Running >= (h.Value.IsFaulty ? 1 : limit))
                .Select(h => h.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
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
        lock (_gate) return _hops.Values.Where(h => h.NotBefore > after).Select(h => (DateTimeOffset?)h.NotBefore).Min();
    }

    /// <summary>A job begins; <see cref="Failed"/> or <see cref="Answered"/> for each attempt, and then <see cref="Ended"/>, must follow.</summary>
    /// <param name="rate">messages a minute (MAX_RATE_PER_HOST): the next job waits for its turn. Null: no limit.</param>
    public void Started(string host, int? rate = null)
    {
        lock (_gate)
        {
            Hop hop = _hops.GetValueOrDefault(host);
            _hops[host] = hop with { Running = hop.Running + 1, NextTurn = rate is { } n ? time.GetUtcNow() + (TimeSpan.FromMinutes(1) / n) : hop.NextTurn };
        }
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
        if (hop is { Running: <= 0, IsFaulty: false } && hop.NextTurn <= time.GetUtcNow()) _hops.Remove(host);
        else _hops[host] = hop;
    }

    /// <param name="Until">end of the back-off.</param>
    /// <param name="NextTurn">when MAX_RATE_PER_HOST lets the next message go.</param>
    private readonly record struct Hop(int Running, TimeSpan Wait, DateTimeOffset Until, DateTimeOffset NextTurn)
    {
        public DateTimeOffset NotBefore => Until > NextTurn ? Until : NextTurn;

        public bool IsFaulty => Wait > TimeSpan.Zero;
    }
}
