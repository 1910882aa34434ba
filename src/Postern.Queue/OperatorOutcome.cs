using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>What an operator's action did.</summary>
/// <param name="Changed">recipients changed.</param>
/// <param name="Busy">recipients left alone because a delivery is under way.</param>
/// <param name="Unreadable">recipients left alone because their message cannot be decoded; it can only be deleted.</param>
public sealed record OperatorOutcome(int Changed, int Busy, int Unreadable = 0)
{
    /// <summary>Which were changed, of those that can be decoded; the store fills it for each call. Two outcomes are equal by their counts.</summary>
    public ImmutableArray<RecipientKey> Keys { get; init; } = [];

    public static OperatorOutcome operator +(OperatorOutcome left, OperatorOutcome right) =>
        new(left.Changed + right.Changed, left.Busy + right.Busy, left.Unreadable + right.Unreadable);

    public bool Equals(OperatorOutcome? other) =>
        other is not null && (Changed, Busy, Unreadable) == (other.Changed, other.Busy, other.Unreadable);

    public override int GetHashCode() => HashCode.Combine(Changed, Busy, Unreadable);
}
