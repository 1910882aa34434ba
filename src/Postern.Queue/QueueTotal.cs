namespace Postern.Queue;

/// <summary>How many recipients of a channel are in a state.</summary>
/// <param name="Messages">messages they belong to.</param>
/// <param name="Oldest">when the oldest of these messages was received.</param>
public sealed record QueueTotal(string Channel, RecipientState State, int Recipients, int Messages, DateTimeOffset Oldest);
