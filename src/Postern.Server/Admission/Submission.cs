using System.Buffers;
using System.Collections.Immutable;
using System.IO.Pipelines;
using Postern.Policy.Access;
using Postern.Queue;
using Postern.Smtp.Framing;
using Postern.Smtp.Headers;
using Postern.Smtp.Replies;

namespace Postern.Server.Admission;

/// <summary>
/// From an accepted transaction to the queue: content is read to its end, checked, and published with all its copies in
/// one durable step. INVARIANT: a positive reply is made only after <see cref="IQueueStore.CommitAsync"/> has returned.
/// </summary>
public sealed class Submission(
    IQueueStore queue,
    TimeProvider time,
    MailPolicy policy,
    SessionFacts facts,
    AcceptedSender sender,
    ImmutableArray<AcceptedRecipient> recipients)
{
    /// <summary>More Received: lines than this mean a loop; such mail is held, since a bounce could loop too.</summary>
    public const int MaximumReceivedLines = 50;

    /// <summary>The header may be so long, in octets; it is kept in memory until it has been scanned.</summary>
    public const int MaximumHeaderLength = 256 * 1024;

    private static readonly TimeSpan ContentTimeout = TimeSpan.FromMinutes(10);

    private readonly ArrayBufferWriter<byte> _header = new(1024);
    private bool _headerComplete;

    /// <summary>Reads content up to CRLF.CRLF from <paramref name="input"/> and queues it.</summary>
    /// <param name="maximumSize">octets; more is read to its end and refused with 552.</param>
    public async Task<SubmissionResult> ReceiveAsync(PipeReader input, long maximumSize, CancellationToken cancellationToken)
    {
        QueueId id = QueueId.New(time);
        await using IStagedMessage staged = queue.Stage(id);
        DotDecoder decoder = new();
        ArrayBufferWriter<byte> decoded = new(16 * 1024);
        Exception? failure = null;
        while (!decoder.IsComplete)
        {
            ReadResult read;
            using (CancellationTokenSource timeout = new(ContentTimeout, time))
            using (CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken))
            {
                try
                {
                    read = await input.ReadAsync(either.Token);
                }
                catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
                {
                    return new SubmissionResult(null, null, decoder.Length);
                }
            }

            SequencePosition consumed = read.Buffer.Start;
            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
            {
                int taken = decoder.Decode(segment.Span, decoded);
                consumed = read.Buffer.GetPosition(taken, consumed);
                if (decoder.IsComplete) break;
            }

            // A refused message is still read to its true end, so that nothing of it is taken for a command.
            bool keep = failure is null && !decoder.HasFault && decoder.Length <= maximumSize;
            input.AdvanceTo(consumed);
            if (keep) failure = await StoreAsync(staged, decoded.WrittenMemory, cancellationToken);
            decoded.ResetWrittenCount();
            if (!decoder.IsComplete && read.IsCompleted) return new SubmissionResult(null, null, decoder.Length);
        }

        if (failure is not null) return new SubmissionResult(ContentReplies.StorageFailed, null, decoder.Length, failure);
        if (decoder.HasFault) return new SubmissionResult(ContentReplies.BadContent(decoder), null, decoder.Length);
        if (decoder.Length > maximumSize) return new SubmissionResult(ContentReplies.TooLarge, null, decoder.Length);
        if (!_headerComplete && _header.WrittenCount >= MaximumHeaderLength)
            return new SubmissionResult(ContentReplies.HeaderTooLong, null, decoder.Length);
        return await CommitAsync(staged, decoder.Length, cancellationToken);
    }

    private async Task<Exception?> StoreAsync(IStagedMessage staged, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        CollectHeader(bytes.Span);
        try
        {
            if (!bytes.IsEmpty) await staged.WriteAsync(bytes, cancellationToken);
            return null;
        }
        catch (QueueWriteException e)
        {
            return e;
        }
    }

    private void CollectHeader(ReadOnlySpan<byte> bytes)
    {
        if (_headerComplete || _header.WrittenCount >= MaximumHeaderLength) return;
        _header.Write(bytes[..Math.Min(bytes.Length, MaximumHeaderLength - _header.WrittenCount)]);
        _headerComplete = HeaderScan.TryFindEnd(_header.WrittenSpan, out _);
    }

    private async Task<SubmissionResult> CommitAsync(IStagedMessage staged, long size, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> header = _header.WrittenMemory;
        if (HeaderScan.TryFindEnd(header.Span, out int end)) header = header[..end];
        string? loop = HeaderScan.Count(header.Span, "Received"u8) > MaximumReceivedLines ? "too many Received lines: a mail loop" : null;

        ReadOnlyMemory<byte> trace = MessageTrace.Build(policy, facts, sender, recipients, staged.Id, header.Span, time.GetUtcNow());
        ImmutableArray<NewCopy> copies = CopyPlan.Build(recipients, policy.Snapshot, sender.EffectivePath, trace, loop);
        if (copies.IsEmpty) return new SubmissionResult(ContentReplies.Accepted(staged.Id), null, size);
        Envelope envelope = new(
            staged.Id,
            sender.EffectivePath.ToString(),
            EnvelopeId: null,
            ReturnContent.Unspecified,
            SmtpUtf8: false,
            sender.Parameters.IsEightBit ? BodyType.EightBitMime : BodyType.SevenBit,
            sender.Time,
            facts.Source.Current.ToString(),
            facts.Connection.PortInformation,
            facts.ApplicationInformation,
            facts.AuthenticatedUser,
            ParentId: null);
        try
        {
            await queue.CommitAsync(staged, envelope, copies, [], cancellationToken);
            return new SubmissionResult(ContentReplies.Accepted(staged.Id), staged.Id, size);
        }
        catch (QueueWriteException e)
        {
            return new SubmissionResult(ContentReplies.StorageFailed, null, size, e);
        }
    }
}
