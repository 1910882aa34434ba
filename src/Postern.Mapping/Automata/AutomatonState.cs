using System.Runtime.InteropServices;

namespace Postern.Mapping.Automata;

/// <summary>
/// What a table knows of a probe after some of its characters. Equal states have the same future; states of one automaton compare
/// by value.
/// </summary>
public sealed class AutomatonState : IEquatable<AutomatonState>
{
    private readonly long[] _positions;
    private readonly int _hash;
    private readonly ReadOnlyMemory<int> _accepting;
    private readonly AutomatonState?[] _next;

    internal AutomatonState(ReadOnlySpan<long> positions, ReadOnlyMemory<int> accepting, int classes)
    {
        _positions = positions.ToArray();
        _hash = Hash(positions);
        _accepting = accepting;
        _next = new AutomatonState?[classes];
    }

    /// <summary>The entries, ascending, whose pattern matches the text read so far; "may match" for those that are not exact.</summary>
    public ReadOnlySpan<int> Accepting => _accepting.Span;

    /// <summary>No entry matches, whatever follows.</summary>
    public bool IsDead => _positions.Length == 0;

    internal ReadOnlySpan<long> Positions => _positions;

    /// <summary>The first of <see cref="Accepting"/> at or after <paramref name="from"/>, or -1.</summary>
    public int FirstAccepting(int from)
    {
        ReadOnlySpan<int> entries = _accepting.Span;
        if (entries.IsEmpty || entries[^1] < from)
            return -1;

        if (entries[0] >= from)
            return entries[0];

        int found = entries.BinarySearch(from);
        return entries[found < 0 ? ~found : found];
    }

    public bool Equals(AutomatonState? other) => ReferenceEquals(this, other) || (other is not null && Is(other._positions));

    public override bool Equals(object? obj) => Equals(obj as AutomatonState);

    public override int GetHashCode() => _hash;

    internal bool Is(ReadOnlySpan<long> positions) => _positions.AsSpan().SequenceEqual(positions);

    internal static int Hash(ReadOnlySpan<long> positions)
    {
        HashCode hash = default;
        hash.AddBytes(MemoryMarshal.AsBytes(positions));
        return hash.ToHashCode();
    }

    /// <summary>The state behind one more character of the class, or null while no one has asked.</summary>
    internal AutomatonState? Known(int characterClass) => Volatile.Read(ref _next[characterClass]);

    internal void Learn(int characterClass, AutomatonState next) => Volatile.Write(ref _next[characterClass], next);
}
