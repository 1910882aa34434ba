using System.Diagnostics.CodeAnalysis;

namespace Postern.Mapping.Automata;

/// <summary>
/// The states met so far, each once, up to a number of bytes. Reading happens in the states themselves, without a lock; only a
/// state that is asked for the first time comes here.
/// </summary>
internal sealed class StateCache(int classes, long bytes)
{
    // Objects, array heads and the place in the set, in bytes.
    private const int Overhead = 200;

    private readonly Lock _lock = new();
    private readonly HashSet<AutomatonState> _states = new(new ByPositions());
    private long _free = bytes;
    private volatile bool _full;

    /// <summary>A state was turned away: no more come in.</summary>
    public bool IsFull => _full;

    public int Count
    {
        get
        {
            lock (_lock)
                return _states.Count;
        }
    }

    /// <summary>The state with these positions, if it is known.</summary>
    public bool TryFind(ReadOnlySpan<long> positions, [NotNullWhen(true)] out AutomatonState? state)
    {
        lock (_lock)
            return _states.GetAlternateLookup<ReadOnlySpan<long>>().TryGetValue(positions, out state);
    }

    /// <summary>Keeps a new state, or answers the equal one that another thread was first to bring; null when the cache is full.</summary>
    public AutomatonState? Add(AutomatonState state)
    {
        lock (_lock)
        {
            if (_states.TryGetValue(state, out AutomatonState? known))
                return known;

            long cost = Overhead + (sizeof(long) * ((long)state.Positions.Length + classes)) + (sizeof(int) * (long)state.Accepting.Length);
            _full |= cost > _free;
            if (_full)
                return null;

            _free -= cost;
            _states.Add(state);
            return state;
        }
    }

    private sealed class ByPositions : IEqualityComparer<AutomatonState>, IAlternateEqualityComparer<ReadOnlySpan<long>, AutomatonState>
    {
        public bool Equals(AutomatonState? x, AutomatonState? y) => x is null ? y is null : x.Equals(y);

        public int GetHashCode(AutomatonState state) => state.GetHashCode();

        public bool Equals(ReadOnlySpan<long> alternate, AutomatonState other) => other.Is(alternate);

        public int GetHashCode(ReadOnlySpan<long> alternate) => AutomatonState.Hash(alternate);

        public AutomatonState Create(ReadOnlySpan<long> alternate) => throw new NotSupportedException("a state is more than its positions");
    }
}
