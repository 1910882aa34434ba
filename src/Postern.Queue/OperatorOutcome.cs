namespace Postern.Queue;

/// <summary>What an operator's action did.</summary>
/// <param name="Changed">recipients changed.</param>
/// <param name="Busy">recipients left alone because a delivery is under way.</param>
/// <param name="Unreadable">recipients left alone because their message cannot be decoded; it can only be deleted.</param>
public sealed record OperatorOutcome(int Changed, int Busy, int Unreadable = 0)
{
    public static OperatorOutcome operator +(OperatorOutcome left, OperatorOutcome right) =>
        new(left.Changed + right.Changed, left.Busy + right.Busy, left.Unreadable + right.Unreadable);
}
