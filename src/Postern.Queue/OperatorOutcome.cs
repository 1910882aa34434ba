namespace Postern.Queue;

/// <summary>What an operator's action did.</summary>
/// <param name="Changed">recipients changed.</param>
/// <param name="Busy">recipients left alone because a delivery is under way.</param>
public sealed record OperatorOutcome(int Changed, int Busy);
