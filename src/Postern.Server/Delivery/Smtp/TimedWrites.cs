namespace Postern.Server.Delivery.Smtp;

/// <summary>
/// Writes the content of one message to a next hop: each write has a time limit (RFC 5321 §4.5.3.2.5), so that a stuck peer is not waited
/// for, and so has the whole of it, which grows with what was written, so that a long message may take its time but a peer that
/// takes it at a drip may not.
/// </summary>
/// <remarks>A write that comes too late throws <see cref="SmtpPeerException"/>.</remarks>
internal sealed class TimedWrites(Stream inner, TimeProvider time) : Stream
{
    private static readonly TimeSpan WriteLimit = TimeSpan.FromMinutes(3);

    /// <summary>For the whole content, besides what its length earns.</summary>
    private static readonly TimeSpan Allowance = TimeSpan.FromMinutes(10);

    /// <summary>Octets that earn a second: a slower peer only holds a job.</summary>
    private const int SlowestRate = 500;

    private readonly long _start = time.GetTimestamp();
    private long _octets;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _octets += buffer.Length;
        TimeSpan left = Allowance + TimeSpan.FromSeconds((double)_octets / SlowestRate) - time.GetElapsedTime(_start);
        using CancellationTokenSource timeout = new(left < TimeSpan.Zero ? TimeSpan.Zero : left < WriteLimit ? left : WriteLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await inner.WriteAsync(buffer, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SmtpPeerException("the next hop takes the content too slowly", e);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException("asynchronous only");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous only");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
