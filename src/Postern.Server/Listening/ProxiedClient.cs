using System.Buffers;
using System.IO.Pipelines;
using Postern.Policy.Access;
using Postern.Smtp.Proxy;

namespace Postern.Server.Listening;

/// <summary>
/// Learns from the PROXY header of a listed peer who its client is. The header is not optional: a receiver that guesses
/// whether one is there lets a client write it.
/// </summary>
/// <param name="time">for the limit on the whole header.</param>
public sealed class ProxiedClient(TimeProvider time)
{
    /// <summary>A proxy sends its header at once; the specification wants at least 3 s, for a packet sent again.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    /// <summary>Takes the header off <paramref name="input"/>; what stands behind it stays there.</summary>
    /// <param name="peer">the connection as it was accepted.</param>
    /// <returns>the connection as its client's, or null and one line why there is none.</returns>
    public async Task<(ClientConnection? Client, string? Fault)> ReadAsync(PipeReader input, ClientConnection peer, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(TimeLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (true)
        {
            ReadResult read;
            try
            {
                read = await input.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return (null, "no PROXY header in time");
            }

            ReadOnlySequence<byte> start = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, ProxyHeader.MaximumLength));
            switch (ProxyHeader.Parse(start.IsSingleSegment ? start.FirstSpan : start.ToArray()))
            {
                case ProxyParse.Parsed header:
                    input.AdvanceTo(read.Buffer.GetPosition(header.Length));
                    return (peer.SpeakingFor(header.Client?.Address, header.Client?.Port ?? 0), null);
                case ProxyParse.Invalid invalid:
                    input.AdvanceTo(read.Buffer.End);
                    return (null, invalid.Reason);
                default:
                    input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                    if (read.IsCompleted) return (null, "closed before its PROXY header was complete");
                    break;
            }
        }
    }
}
