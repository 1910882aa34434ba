namespace Postern.Queue;

/// <summary>How many recipients stand where.</summary>
/// <param name="Active">queued and never tried.</param>
/// <param name="Delayed">tried, and queued for another attempt.</param>
/// <param name="Claimed">an attempt is under way.</param>
/// <param name="Held">wait for an operator.</param>
/// <param name="Done">final, of messages that are not done yet.</param>
public sealed record RecipientCounts(long Active, long Delayed, long Claimed, long Held, long Done)
{
    /// <summary>Recipients for which something is still to be done.</summary>
    public long Open => Active + Delayed + Claimed + Held;
}
