namespace Postern.Queue;

/// <summary>
/// What a <see cref="QueueFilter"/> asks of content. The queue knows nothing of what is in a message, so whoever does puts the question. Content is opened once a
/// message, and only where the answer hangs on it.
/// </summary>
public abstract record ContentTest
{
    /// <param name="content">as received, not seekable; need not be read to its end.</param>
    /// <exception cref="QueueReadException">the content is damaged, which is a no.</exception>
    public abstract ValueTask<bool> HoldsAsync(Stream content, CancellationToken cancellationToken);
}
