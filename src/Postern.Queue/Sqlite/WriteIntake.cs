namespace Postern.Queue;

/// <summary>
/// The calls that wait for the writer, and how many callers are about to join them: content that is being received, copies that are being delivered. Under
/// load the writer waits for these a moment, since each transaction costs the same synchronisation and some twenty pages whatever it holds; with little
/// to do, or when nobody is on the way, it goes at once. Where waiting brought too few, because those on the way have slow peers, it is tried less and less often.
/// </summary>
/// <param name="clock">of the machine, whatever the queue takes for the time of day: a pause is measured by it.</param>
internal sealed class WriteIntake(TimeProvider clock)
{
    /// <summary>More calls than this never share a transaction; it bounds what one failed commit takes with it.</summary>
    public const int MaximumGroup = 256;

    /// <summary>The longest that calls are kept waiting for others.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    /// <summary>A pause that is not expected to bring so many calls is not made.</summary>
    private const int WorthWaitingFor = 4;

    /// <summary>So many groups at most go without a pause because the last ones brought too few.</summary>
    private const int LongestDisuse = 255;

    private readonly object _gate = new();
    private readonly Queue<WriteRequest> _waiting = [];
    private int _underWay;
    private bool _paused;
    private bool _closed;
    private int _taken;
    private long _lastTaken;
    private int _disuse;
    private int _disused;

    /// <summary>Whether no call waits.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate) return _waiting.Count == 0;
        }
    }

    /// <summary>So many callers will come, soon or after a while; negative: they will not come after all.</summary>
    public void Expect(int callers)
    {
        lock (_gate)
        {
            _underWay += callers;
            if (_paused && _underWay <= 0) Monitor.Pulse(_gate);
        }
    }

    /// <param name="arrived">how many of those that were expected this call is of.</param>
    /// <returns>false: the writer takes no more calls.</returns>
    public bool TryAdd(WriteRequest request, int arrived)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _underWay -= arrived;
            _waiting.Enqueue(request);
            if (_paused ? _underWay <= 0 || _waiting.Count >= MaximumGroup : _waiting.Count == 1) Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Waits for calls and moves them to <paramref name="group"/>. False: there will be none any more.</summary>
    public bool Take(List<WriteRequest> group)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_closed) return false;
                Monitor.Wait(_gate);
            }

            long now = clock.GetTimestamp();
            if (_taken * Pause.Ticks > WorthWaitingFor * clock.GetElapsedTime(_lastTaken, now).Ticks) AwaitOthers(now);
            while (group.Count < MaximumGroup && _waiting.TryDequeue(out WriteRequest? request)) group.Add(request);
            _taken = group.Count;
            _lastTaken = now;
            return true;
        }
    }

    /// <summary>No call is taken any more; those that wait are.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }
    }

    private void AwaitOthers(long since)
    {
        if (_underWay <= 0 || _waiting.Count >= MaximumGroup || _disused++ < _disuse) return;
        _disused = 0;
        int before = _waiting.Count;
        _paused = true;
        while (!_closed && _underWay > 0 && _waiting.Count < MaximumGroup && Pause - clock.GetElapsedTime(since) is var left && left > TimeSpan.Zero)
            Monitor.Wait(_gate, (int)Math.Ceiling(left.TotalMilliseconds));
        _paused = false;
        _disuse = _waiting.Count - before >= WorthWaitingFor ? 0 : Math.Min((_disuse * 2) + 1, LongestDisuse);
    }
}
