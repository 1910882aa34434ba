namespace Postern.Queue;

/// <summary>Content that waits for its commit in a <see cref="MemoryQueueStore"/>.</summary>
internal sealed class MemoryStagedMessage(QueueId id, long number) : IStagedMessage
{
    private readonly MemoryStream _content = new();
    private bool _committed;

    public QueueId Id => id;

    public long Number => number;

    public long Length => _content.Length;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _content.Write(content.Span);
        return ValueTask.CompletedTask;
    }

    /// <exception cref="InvalidOperationException">it was committed before.</exception>
    public byte[] Take()
    {
        if (_committed) throw new InvalidOperationException("the message was committed before");
        _committed = true;
        return _content.ToArray();
    }

    public ValueTask DisposeAsync() => _content.DisposeAsync();
}
