namespace Postern.Server.Sessions;

/// <summary>Which users logged in lately, and from where. Nobody gets in here without a right password. Safe for concurrent use.</summary>
internal sealed class KnownLogins(TimeProvider time)
{
    /// <summary>After the last success.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Login, long At)>> _byLogin = new(StringComparer.Ordinal);

    /// <summary>The latest comes first.</summary>
    private readonly LinkedList<(string Login, long At)> _byTime = new();

    public int Count
    {
        get
        {
            lock (_gate) return _byLogin.Count;
        }
    }

    public bool Contains(string login)
    {
        lock (_gate) return _byLogin.TryGetValue(login, out LinkedListNode<(string Login, long At)>? known) && time.GetElapsedTime(known.Value.At) < Lifetime;
    }

    /// <param name="maximum">the ones that were not seen for the longest time go.</param>
    public void Add(string login, int maximum)
    {
        lock (_gate)
        {
            if (_byLogin.Remove(login, out LinkedListNode<(string Login, long At)>? known)) _byTime.Remove(known);
            while (_byTime.Last is { } oldest && (_byLogin.Count >= maximum || time.GetElapsedTime(oldest.Value.At) >= Lifetime))
            {
                _byLogin.Remove(oldest.Value.Login);
                _byTime.RemoveLast();
            }

            _byLogin.Add(login, _byTime.AddFirst((login, time.GetTimestamp())));
        }
    }
}
