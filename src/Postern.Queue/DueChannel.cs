namespace Postern.Queue;

/// <summary>A channel with due mail, and what of it would be first.</summary>
/// <param name="Rank">the best rank of what is due; not yet corrected for age since the last claim.</param>
/// <param name="Next">since when the first of that rank is due.</param>
public sealed record DueChannel(string Name, QueueRank Rank, DateTimeOffset Next);
