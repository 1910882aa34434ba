namespace Postern.Queue;

/// <summary>
/// Content on its way into a <see cref="SqliteQueueStore"/>. One chunk is gathered in memory; each that is full goes to the
/// writer, unpublished, and the next waits for it: a sender is never faster than the disk. The last chunk is left for the
/// commit, so that a message of one chunk needs no transaction of its own. The writer is told to expect it.
/// </summary>
internal sealed class SqliteStagedMessage(QueueId id, long number, SqliteWriter writer) : IStagedMessage
{
    private const int FirstBuffer = 8 * 1024;

    private byte[] _buffer = [];
    private int _filled;
    private int _chunks;
    private bool _broken;
    private bool _committing;
    private bool _expected = true;

    public QueueId Id => id;

    public long Number => number;

    public long Length { get; private set; }

    /// <summary>Key of the chunk that <see cref="LastChunk"/> is.</summary>
    public long LastChunkKey => QueueNumbers.FirstChunk(number) + _chunks;

    /// <summary>Whether the last chunk is the whole content.</summary>
    public bool IsOneChunk => _chunks == 0;

    public byte[] LastChunk => _buffer.AsSpan(0, _filled).ToArray();

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (_broken) throw new QueueWriteException($"an earlier part of message {id} could not be stored");
        while (!content.IsEmpty)
        {
            if (_filled == QueueNumbers.ChunkSize) await FlushAsync(cancellationToken);
            int count = Math.Min(content.Length, QueueNumbers.ChunkSize - _filled);
            if (_filled + count > _buffer.Length)
                Array.Resize(ref _buffer, Math.Min(Math.Max(Math.Max(_filled + count, _buffer.Length * 2), FirstBuffer), QueueNumbers.ChunkSize));
            content.Span[..count].CopyTo(_buffer.AsSpan(_filled));
            _filled += count;
            Length += count;
            content = content[count..];
        }
    }

    /// <summary>From here on the content belongs to the commit.</summary>
    /// <exception cref="QueueWriteException">a part of the content is missing.</exception>
    /// <exception cref="InvalidOperationException">it was committed before.</exception>
    public void BeginCommit()
    {
        if (_committing) throw new InvalidOperationException("the message was committed before");
        if (_broken) throw new QueueWriteException($"a part of message {id} could not be stored");
        _committing = true;
        _expected = false;
    }

    /// <summary>The commit failed, so the chunks are still nobody's.</summary>
    public void CommitFailed()
    {
        _broken = true;
        _committing = false;
    }

    public async ValueTask DisposeAsync()
    {
        if (_expected) writer.Expect(-1);
        _expected = false;
        if (_committing || _chunks == 0) return;
        _broken = true;
        (long first, long last) = (QueueNumbers.FirstChunk(number), QueueNumbers.LastChunk(number));
        _chunks = 0;
        try
        {
            // A commit that was reported as failed may be in the log: what is published keeps its content.
            await writer.RunAsync(
                WriteKind.Relaxed,
                session => session.Execute("DELETE FROM chunk WHERE key BETWEEN $1 AND $2 AND NOT EXISTS (SELECT 1 FROM message WHERE num = $3)", first, last, number));
        }
        catch (QueueWriteException)
        {
            // Chunks without a message are invisible, and the next start removes them.
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_chunks == QueueNumbers.ChunksPerMessage - 1)
        {
            _broken = true;
            throw new QueueWriteException($"message {id} is longer than the queue can hold");
        }

        long key = LastChunkKey;
        byte[] chunk = _buffer;
        try
        {
            // Counted first: also a chunk whose fate is unknown is to be removed.
            _chunks++;
            await writer.RunAsync(WriteKind.Staging, session => session.Execute("INSERT INTO chunk VALUES ($1, $2)", key, chunk), arrived: 1);
        }
        catch
        {
            _broken = true;
            throw;
        }
        finally
        {
            writer.Expect(1);
        }

        _filled = 0;
    }
}
