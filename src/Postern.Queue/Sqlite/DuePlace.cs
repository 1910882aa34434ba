namespace Postern.Queue;

/// <summary>Where a recipient stands among those of its channel and rank that are due: the order of the due index. The default is in front of all.</summary>
/// <param name="Next">ticks.</param>
internal readonly record struct DuePlace(long Next, long Copy, long Number) : IComparable<DuePlace>
{
    /// <summary>The first place behind this one.</summary>
    public DuePlace Behind => this with { Number = Number + 1 };

    public int CompareTo(DuePlace other) => (Next, Copy, Number).CompareTo((other.Next, other.Copy, other.Number));
}
