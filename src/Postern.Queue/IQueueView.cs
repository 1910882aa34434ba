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

    /// <summary>What is queued for each channel, by its name; counted as the queue changes, so asking costs the same with any backlog.</summary>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    Task<IReadOnlyList<ChannelTotal>> TotalsAsync(CancellationToken cancellationToken);

    /// <summary>What is queued for each next hop, most open recipients first, then by name.</summary>
    /// <param name="channel">null: all channels.</param>
    /// <param name="limit">at most so many.</param>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    Task<IReadOnlyList<HostTotal>> HostTotalsAsync(string? channel, int limit, CancellationToken cancellationToken);

    /// <summary>Channels an operator stopped, by name.</summary>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    Task<IReadOnlyList<string>> StoppedAsync(CancellationToken cancellationToken);

    /// <summary>Next hops an operator stopped, by name.</summary>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    Task<IReadOnlyList<string>> StoppedHostsAsync(CancellationToken cancellationToken);

    /// <summary>The attempts on a message that did not succeed, by recipient, the oldest first; none when there is no such message.</summary>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    Task<IReadOnlyList<PastAttempt>> HistoryAsync(QueueId id, CancellationToken cancellationToken);

    /// <summary>Opens the content as received, without any copy's header block; not seekable.</summary>
    /// <exception cref="QueueReadException">there is no such message or its content is damaged; the stream throws it too.</exception>
    Task<Stream> OpenContentAsync(QueueId id, CancellationToken cancellationToken);
}
