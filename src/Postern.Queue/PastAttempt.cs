namespace Postern.Queue;

/// <summary>An attempt that did not succeed.</summary>
/// <param name="Reply">what was kept as the recipient's last reply then.</param>
public sealed record PastAttempt(RecipientKey Key, DateTimeOffset Time, string Reply)
{
    /// <summary>The store keeps so many for each recipient, the last ones.</summary>
    public const int Kept = 100;
}
