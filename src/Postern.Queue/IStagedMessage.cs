namespace Postern.Queue;

/// <summary>
/// Content on its way into the queue. Nothing of it can be seen until <see cref="IQueueStore.CommitAsync"/> publishes it;
/// disposing it uncommitted removes what was written. One writer at a time.
/// </summary>
public interface IStagedMessage : IAsyncDisposable
{
    QueueId Id { get; }

    /// <summary>Octets written so far.</summary>
    long Length { get; }

    /// <summary>Appends content; a large message goes to the store as it comes and is never whole in memory.</summary>
    /// <exception cref="QueueWriteException">the store cannot take it, or the content is longer than it can hold (1 GiB).</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken);
}
