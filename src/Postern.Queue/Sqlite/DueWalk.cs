namespace Postern.Queue;

/// <summary>
/// One walk along the due index for a claim, over the recipients of one channel and rank: where it begins, what of it the claim may take, and what it
/// teaches the next one (<see cref="DueFrontier"/>).
/// </summary>
internal sealed class DueWalk
{
    private readonly DueFrontier.Stretch _stretch;
    private readonly QueueClaim _claim;
    private readonly HashSet<string> _met = new(StringComparer.Ordinal);
    private DuePlace _last;
    private bool _endIsFixed;

    public DueWalk(DueFrontier.Stretch stretch, QueueClaim claim)
    {
        _stretch = stretch;
        _claim = claim;
        From = stretch.End;
        foreach ((string host, DuePlace place) in stretch.Hosts)
        {
            if (IsWanted(host) && place.CompareTo(From) < 0) From = place;
        }

        _last = From;
    }

    /// <summary>Nothing that the claim may take stands in front of it.</summary>
    public DuePlace From { get; }

    /// <summary>The walk came to a recipient.</summary>
    /// <returns>whether the claim may take it.</returns>
    public bool Meet(DuePlace place, string host)
    {
        _last = place;
        bool isKnown = place.CompareTo(_stretch.End) < 0;
        if (IsWanted(host))
        {
            if (isKnown && _met.Add(host)) _stretch.Hosts[host] = place;
            _endIsFixed |= !isKnown;
            return true;
        }

        // A claim for one host passes over what others may take: that says nothing about where those begin.
        if (isKnown || _endIsFixed || _claim.Host is not null) return false;
        _stretch.Hosts.TryAdd(host, place);
        _stretch.End = place.Behind;
        return false;
    }

    /// <summary>The walk is over.</summary>
    /// <param name="all">nothing that is due for the claim stands behind what it came to last.</param>
    public void Finish(bool all)
    {
        // By the time of an earlier claim, or of a clock that was set back since, more may be due.
        DuePlace seen = all ? new DuePlace(_claim.Now.UtcTicks + 1, 0, 0) : _last;
        foreach (string host in _stretch.Hosts.Keys.Where(h => IsWanted(h) && !_met.Contains(h)).ToList())
        {
            if (seen.CompareTo(_stretch.End) >= 0) _stretch.Hosts.Remove(host);
            else if (_stretch.Hosts[host].CompareTo(seen) < 0) _stretch.Hosts[host] = seen;
        }
    }

    private bool IsWanted(string host) => _claim.Host is { } only ? only == host : !_claim.Waiting.Contains(host);
}
