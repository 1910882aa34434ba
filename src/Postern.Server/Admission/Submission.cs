using System.Buffers;
using System.Collections.Immutable;
using System.IO.Pipelines;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Smtp.Framing;
using Postern.Smtp.Replies;

namespace Postern.Server.Admission;

/// <summary>
/// From an accepted transaction to the queue: content is read to its end, checked, and published with all its copies in
/// one durable step. What is too large for every channel it would leave by is refused here; where only some are too narrow,
/// their recipients fail in the queue, and the sender is told about those. INVARIANT: a positive reply is made only after <see cref="IQueueStore.CommitAsync"/> has returned.
/// </summary>
public sealed class Submission(
    IQueueStore queue,
    TimeProvider time,
    MailPolicy policy,
    SessionFacts facts,
    AcceptedSender sender,
    ImmutableArray<AcceptedRecipient> recipients) : IAsyncDisposable
{
    private readonly StagedContent _content = new(queue.Stage(QueueId.New(time)), policy.Snapshot, facts, sender.Decision.HeaderSender);
    private readonly ArrayBufferWriter<byte> _decoded = new(16 * 1024);
    private ContentDecoder? _decoder;

    /// <summary>Reads content up to CRLF.CRLF and queues it (DATA).</summary>
    /// <param name="maximumSize">octets; more is read to its end and refused with 552.</param>
    public Task<SubmissionResult> ReceiveAsync(PipeReader input, long maximumSize, CancellationToken cancellationToken) =>
        ReceiveAsync(input, ContentForm.Dotted, long.MaxValue, isLast: true, maximumSize, cancellationToken);

    /// <summary>Reads one chunk (BDAT, RFC 3030), and queues the message behind the last one.</summary>
    /// <param name="size">octets.</param>
    /// <param name="maximumSize">octets of all chunks.</param>
    public Task<SubmissionResult> ReceiveChunkAsync(PipeReader input, long size, bool isLast, long maximumSize, CancellationToken cancellationToken) =>
        ReceiveAsync(input, sender.Parameters.IsBinary ? ContentForm.Binary : ContentForm.Chunked, size, isLast, maximumSize, cancellationToken);

    public ValueTask DisposeAsync() => _content.DisposeAsync();

    private async Task<SubmissionResult> ReceiveAsync(
        PipeReader input, ContentForm form, long octets, bool isLast, long maximumSize, CancellationToken cancellationToken)
    {
        _decoder ??= new ContentDecoder(policy.Snapshot.Channels.FindByName(facts.Source.Initial)?.LongLines ?? LongLines.Reject, form);
        ContentEnd end = await new ContentInput(input, time).ReadAsync(octets, part => TakeAsync(_decoder, part, maximumSize, cancellationToken), cancellationToken);
        if (end == ContentEnd.Complete && isLast) _decoder.Finish();
        return end switch
        {
            ContentEnd.ConnectionLost => new SubmissionResult(null, null, _decoder.Length),
            ContentEnd.TimedOut => new SubmissionResult(ContentReplies.TimedOut, null, _decoder.Length, Close: true),
            ContentEnd.TooSlow => new SubmissionResult(ContentReplies.TooSlow, null, _decoder.Length, Close: true),
            _ when Refusal(_decoder, maximumSize) is { } refusal => new SubmissionResult(refusal, null, _decoder.Length, _content.Failure),
            _ when isLast => await FinishAsync(_decoder, cancellationToken),
            _ => new SubmissionResult(ContentReplies.ChunkTaken, null, _decoder.Length),
        };
    }

    private async ValueTask<(long Taken, bool IsEnd)> TakeAsync(ContentDecoder decoder, ReadOnlySequence<byte> part, long maximumSize, CancellationToken cancellationToken)
    {
        long taken = 0;
        foreach (ReadOnlyMemory<byte> segment in part)
        {
            taken += decoder.Decode(segment.Span, _decoded);
            if (decoder.IsComplete) break;
        }

        // A refused message is still read to its true end, so that nothing of it is taken for a command.
        if (!decoder.HasFault && decoder.Length <= maximumSize) await _content.WriteAsync(_decoded.WrittenMemory, cancellationToken);
        _decoded.ResetWrittenCount();
        return (taken, decoder.IsComplete);
    }

    private SmtpReply? Refusal(ContentDecoder decoder, long maximumSize)
    {
        if (_content.Failure is not null) return ContentReplies.StorageFailed;
        if (decoder.HasFault) return ContentReplies.BadContent(decoder);
        if (decoder.Length > maximumSize) return ContentReplies.TooLarge;
        return _content.HeaderTooLong ? ContentReplies.HeaderTooLong : null;
    }

    private async Task<SubmissionResult> FinishAsync(ContentDecoder decoder, CancellationToken cancellationToken)
    {
        await _content.FinishAsync(cancellationToken);
        return _content.Failure is { } failure
            ? new SubmissionResult(ContentReplies.StorageFailed, null, decoder.Length, failure)
            : await CommitAsync(_content.Staged, decoder.Length);
    }

    private async Task<SubmissionResult> CommitAsync(IStagedMessage staged, long size)
    {
        if (sender.Decision.Verdict == Verdict.Discard || recipients.Any(r => r.Decision.DiscardsAll)) return new SubmissionResult(ContentReplies.Accepted(staged.Id), null, size);
        HeaderFields header = _content.Header;
        ListAdmission lists = ListAdmission.Of(recipients, new ListContent(header.Block, size, _content.Lines), policy.Snapshot);
        if (lists.Refusal is { } refusal) return new SubmissionResult(ContentReplies.ListRefused(refusal), null, size);
        string? held = MailLoop.Find(header, policy.Snapshot) ?? (sender.Decision.Verdict == Verdict.Hold ? "held by an access table" : null);
        DateTimeOffset now = time.GetUtcNow();
        CopyHeaders headers = new(policy.Snapshot, list => MessageTrace.Build(policy, facts, sender, recipients, staged.Id, header.Block.Span, now, list), header.Block);
        ImmutableArray<NewCopy> copies = CopyPlan.Build(lists.Recipients, policy.Snapshot, headers, held, policy.Snapshot.Channels.FindByName(facts.Source.Current));
        if (header.IsComplete) copies = HeaderRewriting.Apply(copies, header.Block, policy, facts);
        if (!copies.IsEmpty && copies.All(c => policy.Snapshot.Channels.FindByName(new ChannelName(c.Channel))?.Takes(size) == false))
            return new SubmissionResult(ContentReplies.TooLarge, null, size);
        copies = copies.AddRange(SuccessReports.Owed(lists.Recipients));
        if (copies.IsEmpty) return new SubmissionResult(ContentReplies.Accepted(staged.Id), null, size);
        Envelope envelope = new(
            staged.Id,
            sender.EffectivePath.CanonicalText,
            sender.Parameters.EnvelopeId,
            (ReturnContent)sender.Parameters.Return,
            sender.Parameters.SmtpUtf8,
            sender.Parameters.IsBinary ? BodyType.BinaryMime : sender.Parameters.IsEightBit || _content.HasEightBit ? BodyType.EightBitMime : BodyType.SevenBit,
            sender.Time,
            facts.Source.Current.ToString(),
            facts.Connection.PortInformation,
            facts.ApplicationInformation,
            facts.AuthenticatedUser,
            ParentId: null)
        {
            Priority = PriorityField.Of(header, size, facts, policy.Snapshot),
        };
        try
        {
            // Not to be interrupted: a client that hung up behind its final dot must not leave us in doubt.
            await queue.CommitAsync(staged, envelope, copies, [], CancellationToken.None);
            return new SubmissionResult(ContentReplies.Accepted(staged.Id), staged.Id, size) { Copies = copies, MessageId = header.Values("Message-ID").FirstOrDefault(), Priority = envelope.Priority };
        }
        catch (QueueWriteException e)
        {
            return new SubmissionResult(ContentReplies.StorageFailed, null, size, e);
        }
    }
}
