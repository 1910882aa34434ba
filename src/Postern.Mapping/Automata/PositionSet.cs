using System.Buffers;

namespace Postern.Mapping.Automata;

/// <summary>A set of positions, collected first and then put in order. Its memory is rented: to be disposed of, once.</summary>
internal ref struct PositionSet
{
    private const int Smallest = 64;

    private long[] _positions;

    public PositionSet() => _positions = ArrayPool<long>.Shared.Rent(Smallest);

    public int Count { get; private set; }

    public readonly ReadOnlySpan<long> Positions => _positions.AsSpan(0, Count);

    public void Clear() => Count = 0;

    public void Add(long position)
    {
        if (Count == _positions.Length)
            Grow();

        _positions[Count++] = position;
    }

    public void AddRange(ReadOnlySpan<long> positions)
    {
        foreach (long position in positions)
            Add(position);
    }

    /// <summary>Ascending order.</summary>
    public readonly void Sort() => _positions.AsSpan(0, Count).Sort();

    /// <summary>Ascending order, each position once.</summary>
    public void SortDistinct()
    {
        if (Count < 2)
            return;

        Sort();
        int kept = 1;
        for (int i = 1; i < Count; i++)
        {
            if (_positions[i] != _positions[kept - 1])
                _positions[kept++] = _positions[i];
        }

        Count = kept;
    }

    public readonly void Dispose() => ArrayPool<long>.Shared.Return(_positions);

    private void Grow()
    {
        long[] larger = ArrayPool<long>.Shared.Rent(2 * Count);
        Positions.CopyTo(larger);
        ArrayPool<long>.Shared.Return(_positions);
        _positions = larger;
    }
}
