namespace Postern.Queue;

/// <summary>Reads the queue without changing it; safe beside a running server.</summary>
public interface IQueueView : IAsyncDisposable
{
    /// <summary>One entry for each recipient the store still knows, oldest message first; each page is a snapshot, the whole is not.</summary>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    IAsyncEnumerable<QueueEntry> ListAsync(QueueFilter filter, CancellationToken cancellationToken);

    /// <summary>A message with all copies and recipients, whatever their state; null when there is none of that id (any more).</summary>
    /// <exception cref="QueueReadException">the store cannot be read, or what it holds cannot be decoded.</exception>
    Task<QueuedMessage?> FindAsync(QueueId id, CancellationToken cancellationToken);

    /// <summary>Recipients counted by channel and state, in that order.</summary>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    Task<IReadOnlyList<QueueTotal>> TotalsAsync(CancellationToken cancellationToken);

    /// <summary>Opens the content as received, without any copy's header block; not seekable.</summary>
    /// <exception cref="QueueReadException">there is no such message or its content is damaged; the stream throws it too.</exception>
    Task<Stream> OpenContentAsync(QueueId id, CancellationToken cancellationToken);
}
