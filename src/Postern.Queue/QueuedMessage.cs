using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>Everything the queue knows of a message except its content.</summary>
/// <param name="Size">octets of content as received.</param>
public sealed record QueuedMessage(Envelope Envelope, long Size, ImmutableArray<QueuedCopy> Copies);
