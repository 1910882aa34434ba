using System.Buffers;
using System.IO.Pipelines;
using Postern.Server.Listening;
using Postern.Smtp.Framing;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>The lines of one client and the replies to them.</summary>
/// <param name="stopping">the server is stopping: told to the session at its next idle moment.</param>
internal sealed class SessionLines(ClientTransport transport, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(5);

    /// <summary>A session that is older ends before its next command.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>So many octets of replies are kept back at most while a pipelined group is answered.</summary>
    private const int UnflushedLimit = 8 * 1024;

    private readonly LineReader _lines = new();
    private readonly long _started = time.GetTimestamp();

    /// <summary>Kept back until <see cref="FlushAsync"/>.</summary>
    public void Write(SmtpReply reply) => transport.Output.Write(reply.ToBytes());

    /// <summary>
    /// The next line. Replies are flushed only when nothing more is buffered, so that a pipelined group is answered
    /// with as few packets as it came in (RFC 2920). The time limit is for the whole line: octets that trickle in do not
    /// stretch it.
    /// </summary>
    /// <param name="limit">octets, CRLF included.</param>
    /// <returns>null when the client hung up.</returns>
    public async Task<SessionEvent?> ReadAsync(int limit, CancellationToken cut)
    {
        PipeReader input = transport.Input;
        CancellationTokenSource? timeout = null;
        try
        {
            if (transport.Output is { CanGetUnflushedBytes: true, UnflushedBytes: > UnflushedLimit }) await FlushAsync(cut);
            while (true)
            {
                if (!input.TryRead(out ReadResult read))
                {
                    await FlushAsync(cut);
                    timeout ??= new CancellationTokenSource(LeftForLine(), time);
                    using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cut, stopping);
                    try
                    {
                        read = await input.ReadAsync(any.Token);
                    }
                    catch (OperationCanceledException) when (any.IsCancellationRequested && !cut.IsCancellationRequested)
                    {
                        return stopping.IsCancellationRequested ? new SessionEvent.Stopping() : new SessionEvent.TimedOut();
                    }
                }

                ReadOnlySequence<byte> buffer = read.Buffer;
                if (_lines.TryRead(ref buffer, limit, out LineResult line))
                {
                    byte[] text = line.Text.ToArray();
                    bool more = !buffer.IsEmpty;
                    input.AdvanceTo(buffer.Start);
                    return line.Fault is { } fault ? new SessionEvent.BadLine(fault) : new SessionEvent.Line(text, more);
                }

                input.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    await FlushAsync(cut);
                    return null;
                }
            }
        }
        finally
        {
            timeout?.Dispose();
        }
    }

    private TimeSpan LeftForLine()
    {
        TimeSpan left = Lifetime - time.GetElapsedTime(_started);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < CommandTimeout ? left : CommandTimeout;
    }

    /// <exception cref="IOException">the client takes no replies.</exception>
    public async Task FlushAsync(CancellationToken cut)
    {
        ValueTask<FlushResult> flush = transport.Output.FlushAsync(cut);
        if (flush.IsCompletedSuccessfully) return;
        Task<FlushResult> pending = flush.AsTask();
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
