namespace Postern.Queue;

/// <summary>
/// What claims walked over and need not walk over again: behind a next hop that is in back-off, or has all the connections it may have, any number of
/// messages can be due in front of what other hosts wait for. For each channel and rank it is known up to where everything that is due belongs to
/// such hosts, and where the first message of each of them stands at the earliest.
/// </summary>
/// <remarks>
/// INVARIANT: what is due in front of <see cref="Stretch.End"/> is for a host of <see cref="Stretch.Hosts"/>, and not in front of the place it has there.
/// Whoever queues a recipient tells it here; a transaction that is undone clears everything.
/// </remarks>
internal sealed class DueFrontier
{
    /// <summary>Ranks are 0 to 4.</summary>
    private const int Ranks = 5;

    /// <summary>What is known is forgotten after so long: nothing depends on it but time.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, Stretch[]> _channels = new(StringComparer.OrdinalIgnoreCase);
    private DateTimeOffset _since;

    /// <summary>A recipient was stored; where it is queued, a claim must find it.</summary>
    public void Stored(string channel, long copy, QueuedRecipient recipient)
    {
        if (recipient.State == RecipientState.Queued) Queued(channel, recipient.Host, recipient.Rank, new DuePlace(recipient.Next.UtcTicks, copy, recipient.Number));
    }

    /// <summary>A recipient is queued, or queued in another place than before.</summary>
    public void Queued(string channel, string host, QueueRank rank, DuePlace place)
    {
        if (!_channels.TryGetValue(channel, out Stretch[]? stretches)) return;
        Stretch stretch = stretches[(int)rank];
        if (place.CompareTo(stretch.End) >= 0) return;
        if (!stretch.Hosts.TryGetValue(host, out DuePlace known) || place.CompareTo(known) < 0) stretch.Hosts[host] = place;
    }

    public void Clear() => _channels.Clear();

    /// <summary>Begins to look for what a claim may take of a channel and rank.</summary>
    public DueWalk Walk(QueueClaim claim, QueueRank rank)
    {
        if (claim.Now - _since > Kept || claim.Now < _since)
        {
            Clear();
            _since = claim.Now;
        }

        if (!_channels.TryGetValue(claim.Channel, out Stretch[]? stretches))
            _channels[claim.Channel] = stretches = [.. Enumerable.Range(0, Ranks).Select(_ => new Stretch())];
        return new DueWalk(stretches[(int)rank], claim);
    }

    /// <summary>Of one channel and rank.</summary>
    internal sealed class Stretch
    {
        public DuePlace End { get; set; }

        public Dictionary<string, DuePlace> Hosts { get; } = new(StringComparer.Ordinal);
    }
}
