using Postern.Policy.Configuration;

namespace Postern.Server.Callouts;

// IDEA. A key has a level that one hit raises by 1 and time lowers by QUOTA in QUOTA_TIME, evenly. A hit that would raise it above QUOTA is
// over quota. So a key that used up 1250 an hour at once has 625 again after half an hour, as the manual says of MeterMaid.
//
// A hit over quota does not count, so a key that keeps trying gets its share of the rate. With "penalize" it does count: who keeps trying
// stays out until he is quiet, at most PenaltyQuotas times QUOTA_TIME.
//
// COST. One look-up a hit. Memory is MAX_ENTRIES keys of LongestKey characters; what a longer key has beyond that is not told apart.
// When the table is full, the key with the lowest level among the EvictionSample that were not seen for the longest time goes.
// LIMITS. Somebody with more than MAX_ENTRIES addresses can use each of them again as if it were new.

/// <summary>The levels of one throttling table. Safe for concurrent use.</summary>
internal sealed class ThrottleTable(TimeProvider time)
{
    public const int LongestKey = 255;

    private const int PenaltyQuotas = 10;
    private const int EvictionSample = 8;

    /// <summary>For what binary fractions lose.</summary>
    private const double Rounding = 1e-6;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _byKey = new(StringComparer.Ordinal);

    /// <summary>The key seen last comes first.</summary>
    private readonly LinkedList<Entry> _bySeen = new();

    private long _counted;
    private long _over;
    private long _evicted;

    /// <summary>Counts one hit of the key; true when it is over quota.</summary>
    public bool Count(ThrottleDefinition limits, string key)
    {
        if (key.Length > LongestKey) key = key[..LongestKey];
        if (limits.IgnoresCase) key = key.ToLowerInvariant();
        lock (_gate)
        {
            _counted++;
            long now = time.GetTimestamp();
            Entry entry = Touch(limits, key, now);
            entry.Level = LevelAt(entry, limits, now);
            entry.Seen = now;
            bool isOver = entry.Level + 1 > limits.Quota + Rounding;
            if (isOver) _over++;
            if (!isOver || limits.Penalize) entry.Level = Math.Min(entry.Level + 1, (double)limits.Quota * PenaltyQuotas);
            return isOver;
        }
    }

    /// <summary>Whether one more hit would be over quota; nothing is counted.</summary>
    public bool IsOver(ThrottleDefinition limits, string key)
    {
        lock (_gate) return _byKey.TryGetValue(key, out LinkedListNode<Entry>? known) && LevelAt(known.Value, limits, time.GetTimestamp()) + 1 > limits.Quota + Rounding;
    }

    /// <summary>Takes one hit back.</summary>
    public void Forgive(ThrottleDefinition limits, string key)
    {
        lock (_gate)
        {
            if (!_byKey.TryGetValue(key, out LinkedListNode<Entry>? known)) return;
            long now = time.GetTimestamp();
            known.Value.Level = Math.Max(0, LevelAt(known.Value, limits, now) - 1);
            known.Value.Seen = now;
        }
    }

    /// <summary>The hits that time has not taken back yet, rounded up.</summary>
    public int LevelOf(ThrottleDefinition limits, string key)
    {
        lock (_gate) return _byKey.TryGetValue(key, out LinkedListNode<Entry>? known) ? (int)Math.Ceiling(LevelAt(known.Value, limits, time.GetTimestamp()) - Rounding) : 0;
    }

    public ThrottleTotals Totals(string name)
    {
        lock (_gate) return new ThrottleTotals(name, _byKey.Count, _counted, _over, _evicted);
    }

    private Entry Touch(ThrottleDefinition limits, string key, long now)
    {
        if (_byKey.TryGetValue(key, out LinkedListNode<Entry>? known))
        {
            _bySeen.Remove(known);
            _bySeen.AddFirst(known);
            return known.Value;
        }

        // A reload may have lowered the limit by more than one.
        while (_byKey.Count >= limits.MaximumEntries) Evict(limits, now);
        LinkedListNode<Entry> added = _bySeen.AddFirst(new Entry(key) { Seen = now });
        _byKey.Add(key, added);
        return added.Value;
    }

    private void Evict(ThrottleDefinition limits, long now)
    {
        LinkedListNode<Entry> lowest = _bySeen.Last!;
        double level = LevelAt(lowest.Value, limits, now);
        LinkedListNode<Entry>? node = lowest.Previous;
        for (int i = 1; i < EvictionSample && level > 0 && node is not null; i++, node = node.Previous)
        {
            if (LevelAt(node.Value, limits, now) is var other && other < level) (lowest, level) = (node, other);
        }

        _bySeen.Remove(lowest);
        _byKey.Remove(lowest.Value.Key);
        _evicted++;
    }

    private double LevelAt(Entry entry, ThrottleDefinition limits, long now) =>
        Math.Max(0, entry.Level - (time.GetElapsedTime(entry.Seen, now) / limits.QuotaTime * limits.Quota));

    private sealed class Entry(string key)
    {
        public string Key => key;

        public double Level { get; set; }

        /// <summary>When <see cref="Level"/> was true, by the clock's timestamp.</summary>
        public long Seen { get; set; }
    }
}
