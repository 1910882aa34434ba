namespace Postern.Queue;

/// <summary>
/// Content of a stored message, one chunk in memory at a time. Each chunk is a read of its own, so a slow receiver holds
/// no transaction open. Reads are of pages the system has cached, mostly, and are made on the caller's thread.
/// </summary>
internal sealed class SqliteContentStream(SqliteReaders readers, QueueId id, long number, long size) : Stream
{
    private ReadOnlyMemory<byte> _chunk;
    private long _nextKey = QueueNumbers.FirstChunk(number);
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => size;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        if (_position == size || buffer.IsEmpty) return 0;
        if (_chunk.IsEmpty)
        {
            byte[]? chunk = readers.Read(session => session.Blob("SELECT content FROM chunk WHERE key = $1", _nextKey));
            if (chunk is not { Length: > 0 } || chunk.Length > size - _position)
                throw new QueueReadException($"the content of message {id} is damaged at octet {_position} of {size}");
            _chunk = chunk;
            _nextKey++;
        }

        int count = Math.Min(buffer.Length, _chunk.Length);
        _chunk.Span[..count].CopyTo(buffer);
        _chunk = _chunk[count..];
        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return ValueTask.FromResult(Read(buffer.Span));
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
