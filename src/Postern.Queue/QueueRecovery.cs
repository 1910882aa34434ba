using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>What opening a store found and did; docs/queue.md section 5.</summary>
/// <param name="ChunksRemoved">chunks of messages that were never published.</param>
/// <param name="Interrupted">recipients that were under way when the last process ended; they are queued again.</param>
/// <param name="Held">messages that cannot be decoded, by id, with the reason; an alarm.</param>
/// <param name="Clamped">recipients whose next attempt lay too far in the future.</param>
/// <param name="MessagesRemoved">messages with nothing left to do.</param>
/// <param name="DamagedCopy">where the damaged database was put; null when the integrity check passed. Otherwise an alarm.</param>
/// <param name="Salvaged">messages saved from it.</param>
/// <param name="Lost">messages of it that cannot be read; they are in <paramref name="DamagedCopy"/> only.</param>
public sealed record QueueRecovery(
    int ChunksRemoved,
    int Interrupted,
    ImmutableArray<string> Held,
    int Clamped,
    int MessagesRemoved,
    string? DamagedCopy = null,
    int Salvaged = 0,
    int Lost = 0);
