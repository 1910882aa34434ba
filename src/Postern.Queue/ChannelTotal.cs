namespace Postern.Queue;

/// <summary>What is queued for a destination channel.</summary>
/// <param name="Copies">copies of messages, each counted until its whole message is done.</param>
/// <param name="Octets">of their content; what several copies share is counted for each.</param>
/// <param name="Oldest">when the first of these messages was received.</param>
public sealed record ChannelTotal(string Channel, long Copies, long Octets, RecipientCounts Recipients, DateTimeOffset Oldest);
