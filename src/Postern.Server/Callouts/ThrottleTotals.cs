namespace Postern.Server.Callouts;

/// <summary>The counters of one throttling table since the server started.</summary>
/// <param name="Entries">keys remembered now.</param>
/// <param name="Counted">how often the table was asked.</param>
/// <param name="Over">how often the key was over its quota.</param>
/// <param name="Evicted">keys forgotten to make room.</param>
public sealed record ThrottleTotals(string Name, int Entries, long Counted, long Over, long Evicted);
