using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Postern.Server.Listening;
using Postern.Smtp.Framing;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>The lines of one client and the replies to them.</summary>
/// <param name="stopping">the server is stopping: told to the session at its next idle moment.</param>
internal sealed class SessionLines(ClientTransport transport, TimeProvider time, CancellationToken stopping) : IDisposable
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(5);

    /// <summary>A session that is older ends before its next command.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>So many octets of replies are kept back at most while a pipelined group is answered.</summary>
    private const int UnflushedLimit = 8 * 1024;

    private readonly LineReader _lines = new();
    private readonly long _started = time.GetTimestamp();
    private CancellationTokenSource? _waiting;
    private CancellationTokenRegistration _onStop;
    private CancellationTokenRegistration _onCut;

    /// <summary>Whoever runs the session disposes of them at its end.</summary>
    public static SessionLines Of(ClientTransport transport, TimeProvider time, CancellationToken stopping) => new(transport, time, stopping);

    /// <summary>Kept back until <see cref="FlushAsync"/>.</summary>
    public void Write(SmtpReply reply) => reply.WriteTo(transport.Output);

    /// <summary>
    /// The next line. Replies are flushed only when nothing more is buffered, so that a pipelined group is answered
    /// with as few packets as it came in (RFC 2920). The time limit is for the whole line: octets that trickle in do not
    /// stretch it. A line that is there already is given at once and takes no memory beside itself.
    /// </summary>
    /// <param name="inSasl">the line answers a challenge of AUTH.</param>
    /// <returns>null when the client hung up.</returns>
    public ValueTask<SessionEvent?> ReadAsync(bool inSasl, CancellationToken cut)
    {
        bool mayHoldBack = transport.Output is not { CanGetUnflushedBytes: true, UnflushedBytes: > UnflushedLimit };
        return mayHoldBack && transport.Input.TryRead(out ReadResult read) && Take(read, inSasl) is { } line ? ValueTask.FromResult<SessionEvent?>(line) : AwaitAsync(inSasl, cut);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SessionEvent?> AwaitAsync(bool inSasl, CancellationToken cut)
    {
        PipeReader input = transport.Input;
        await FlushAsync(cut);
        long deadline = Deadline();
        while (true)
        {
            if (!input.TryRead(out ReadResult read))
            {
                await FlushAsync(cut);
                try
                {
                    read = await input.ReadAsync(Waiting(deadline, cut));
                }
                catch (OperationCanceledException) when (_waiting!.IsCancellationRequested && !cut.IsCancellationRequested)
                {
                    if (stopping.IsCancellationRequested) return new SessionEvent.Stopping();
                    if (time.GetTimestamp() >= deadline) return new SessionEvent.TimedOut();
                    StopWaiting();
                    continue;
                }
            }

            if (Take(read, inSasl) is { } line) return line;
            if (!read.IsCompleted) continue;
            await FlushAsync(cut);
            return null;
        }
    }

    /// <summary>The first line of what was read, which is then consumed; null when there is no whole one.</summary>
    private SessionEvent? Take(ReadResult read, bool inSasl)
    {
        ReadOnlySequence<byte> buffer = read.Buffer;
        if (!_lines.TryRead(ref buffer, inSasl ? LineReader.SaslLineLimit : LineReader.CommandLimit(buffer), out LineResult line))
        {
            transport.Input.AdvanceTo(buffer.Start, buffer.End);
            return null;
        }

        byte[] text = line.Text.ToArray();
        bool more = !buffer.IsEmpty;
        transport.Input.AdvanceTo(buffer.Start);
        return line.Fault is { } fault ? new SessionEvent.BadLine(fault) : new SessionEvent.Line(text, more);
    }

    /// <summary>
    /// Cancelled when the server stops, when <paramref name="cut"/> is, and some time before or at the deadline: one source serves many
    /// lines, since a new timer for each would cost more than the line. Whoever finds it cancelled too early takes a new one.
    /// </summary>
    private CancellationToken Waiting(long deadline, CancellationToken cut)
    {
        if (_waiting is { } waiting) return waiting.Token;
        TimeSpan left = time.GetElapsedTime(time.GetTimestamp(), deadline);
        _waiting = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        _onStop = stopping.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _waiting);
        _onCut = cut.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _waiting);
        return _waiting.Token;
    }

    private void StopWaiting()
    {
        _onStop.Dispose();
        _onCut.Dispose();
        _waiting?.Dispose();
        _waiting = null;
    }

    public void Dispose() => StopWaiting();

    private long Deadline()
    {
        TimeSpan left = LeftForLine();
        return time.GetTimestamp() + (long)(left.TotalSeconds * time.TimestampFrequency);
    }

    private TimeSpan LeftForLine()
    {
        TimeSpan left = Lifetime - time.GetElapsedTime(_started);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < CommandTimeout ? left : CommandTimeout;
    }

    /// <exception cref="IOException">the client takes no replies.</exception>
    public ValueTask FlushAsync(CancellationToken cut)
    {
        if (transport.Output is { CanGetUnflushedBytes: true, UnflushedBytes: 0 }) return ValueTask.CompletedTask;
        ValueTask<FlushResult> flush = transport.Output.FlushAsync(cut);
        if (!flush.IsCompletedSuccessfully) return FinishFlushAsync(flush.AsTask(), cut);
        _ = flush.Result;
        return ValueTask.CompletedTask;
    }

    private async ValueTask FinishFlushAsync(Task<FlushResult> pending, CancellationToken cut)
    {
        try
        {
            await pending.WaitAsync(CommandTimeout, time, cut);
        }
        catch (TimeoutException e)
        {
            transport.Output.CancelPendingFlush();
            throw new IOException("the client does not take our replies", e);
        }
    }
}
