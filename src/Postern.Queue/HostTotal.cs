namespace Postern.Queue;

/// <summary>What is queued on a channel for a next hop.</summary>
/// <param name="Oldest">when the first message for that host was received, on whichever channel.</param>
public sealed record HostTotal(string Channel, string Host, RecipientCounts Recipients, DateTimeOffset Oldest);
