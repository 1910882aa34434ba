using System.Buffers;
using System.IO.Pipelines;

namespace Postern.Server.Admission;

/// <summary>Reads content off a connection, as fast as its client must send it.</summary>
internal sealed class ContentInput(PipeReader input, TimeProvider time)
{
    /// <summary>A pause this long between two octets ends the session (RFC 5321 §4.5.3.2.7 asks clients for less).</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>The window over which a client must keep up <see cref="SlowestRate"/>.</summary>
    private static readonly TimeSpan RateWindow = TimeSpan.FromMinutes(5);

    /// <summary>Octets a second: slower clients only hold a place.</summary>
    private const int SlowestRate = 100;

    private long _windowStart = time.GetTimestamp();
    private long _windowOctets;

    /// <summary>Reads and drops so many octets.</summary>
    public Task<ContentEnd> SkipAsync(long octets, CancellationToken cancellationToken) =>
        ReadAsync(octets, static part => ValueTask.FromResult((part.Length, false)), cancellationToken);

    /// <param name="octets">no more than these are read.</param>
    /// <param name="take">answers how many of the octets it took, and whether that is the end of the content.</param>
    public async Task<ContentEnd> ReadAsync(long octets, Func<ReadOnlySequence<byte>, ValueTask<(long Taken, bool IsEnd)>> take, CancellationToken cancellationToken)
    {
        while (octets > 0)
        {
            if (await ReadAsync(cancellationToken) is not { } read) return ContentEnd.TimedOut;
            ReadOnlySequence<byte> part = read.Buffer.Length > octets ? read.Buffer.Slice(0, octets) : read.Buffer;
            (long taken, bool isEnd) = await take(part);
            input.AdvanceTo(read.Buffer.GetPosition(taken));
            octets -= taken;
            if (isEnd || octets == 0) break;
            if (read.IsCompleted) return ContentEnd.ConnectionLost;
            if (!KeepsUp(taken)) return ContentEnd.TooSlow;
        }

        return ContentEnd.Complete;
    }

    private async ValueTask<ReadResult?> ReadAsync(CancellationToken cancellationToken)
    {
        if (input.TryRead(out ReadResult read)) return read;
        using CancellationTokenSource timeout = new(LongestPause, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await input.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private bool KeepsUp(long taken)
    {
        _windowOctets += taken;
        TimeSpan elapsed = time.GetElapsedTime(_windowStart);
        if (elapsed < RateWindow) return true;
        if (_windowOctets < elapsed.TotalSeconds * SlowestRate) return false;
        (_windowStart, _windowOctets) = (time.GetTimestamp(), 0);
        return true;
    }
}
