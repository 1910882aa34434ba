namespace Postern.Queue;

/// <summary>What the scheduler wants to work on.</summary>
/// <param name="Channel">destination channel.</param>
/// <param name="Now">recipients due at or before this instant are taken.</param>
/// <param name="Limit">at most so many groups.</param>
/// <param name="Waiting">next hops in back-off: their mail is passed over. Lower case, or a set that ignores case.</param>
/// <param name="RecipientLimit">at most so many recipients a group (RFC 5321 §4.5.3.1.8: every server takes 100); the rest of the group follows when these are recorded.</param>
/// <param name="Backlog">next hops, lower case, that are worked on already: their mail is given out only while more groups than that are due. Null: none.</param>
public sealed record QueueClaim(
    string Channel,
    DateTimeOffset Now,
    int Limit,
    IReadOnlySet<string> Waiting,
    int RecipientLimit = 100,
    IReadOnlyDictionary<string, int>? Backlog = null)
{
    /// <summary>Only mail for this next hop, lower case, as far as a store cares to look behind what is due longer; null for any.</summary>
    public string? Host { get; init; }
}
