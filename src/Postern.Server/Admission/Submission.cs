using System.Buffers;
using System.Collections.Immutable;
using System.IO.Pipelines;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Smtp.Framing;
using Postern.Smtp.Headers;

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
    ImmutableArray<AcceptedRecipient> recipients)
{
    /// <summary>The header may be so long, in octets; it is kept in memory until it has been scanned.</summary>
    public const int MaximumHeaderLength = HeaderFields.MaximumLength;

    /// <summary>A pause this long between two octets ends the session (RFC 5321 §4.5.3.2.7 asks clients for less).</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>The window over which a client must keep up <see cref="SlowestRate"/>.</summary>
    private static readonly TimeSpan RateWindow = TimeSpan.FromMinutes(5);

    /// <summary>Octets a second: slower clients only hold a place.</summary>
    private const int SlowestRate = 100;

    private readonly ArrayBufferWriter<byte> _header = new(1024);
    private bool _headerComplete;
    private long _lines;

    /// <summary>Reads content up to CRLF.CRLF from <paramref name="input"/> and queues it.</summary>
    /// <param name="maximumSize">octets; more is read to its end and refused with 552.</param>
    public async Task<SubmissionResult> ReceiveAsync(PipeReader input, long maximumSize, CancellationToken cancellationToken)
    {
        QueueId id = QueueId.New(time);
        await using IStagedMessage staged = queue.Stage(id);
        DotDecoder decoder = new(policy.Snapshot.Channels.FindByName(facts.Source.Initial)?.LongLines ?? LongLines.Reject);
        ArrayBufferWriter<byte> decoded = new(16 * 1024);
        Exception? failure = null;
        long windowStart = time.GetTimestamp(), windowOctets = 0;
        while (!decoder.IsComplete)
        {
            if (!input.TryRead(out ReadResult read))
            {
                using CancellationTokenSource timeout = new(LongestPause, time);
                using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
                try
                {
                    read = await input.ReadAsync(either.Token);
                }
                catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                {
                    return new SubmissionResult(ContentReplies.TimedOut, null, decoder.Length, Close: true);
                }
            }

            long taken = 0;
            foreach (ReadOnlyMemory<byte> segment in read.Buffer)
            {
                taken += decoder.Decode(segment.Span, decoded);
                if (decoder.IsComplete) break;
            }

            // A refused message is still read to its true end, so that nothing of it is taken for a command.
            bool keep = failure is null && !decoder.HasFault && decoder.Length <= maximumSize;
            input.AdvanceTo(read.Buffer.GetPosition(taken));
            if (keep) failure = await StoreAsync(staged, decoded.WrittenMemory, cancellationToken);
            decoded.ResetWrittenCount();
            if (decoder.IsComplete) break;
            if (read.IsCompleted) return new SubmissionResult(null, null, decoder.Length);

            windowOctets += taken;
            TimeSpan elapsed = time.GetElapsedTime(windowStart);
            if (elapsed < RateWindow) continue;
            if (windowOctets < elapsed.TotalSeconds * SlowestRate) return new SubmissionResult(ContentReplies.TooSlow, null, decoder.Length, Close: true);
            (windowStart, windowOctets) = (time.GetTimestamp(), 0);
        }

        if (failure is not null) return new SubmissionResult(ContentReplies.StorageFailed, null, decoder.Length, failure);
        if (decoder.HasFault) return new SubmissionResult(ContentReplies.BadContent(decoder), null, decoder.Length);
        if (decoder.Length > maximumSize) return new SubmissionResult(ContentReplies.TooLarge, null, decoder.Length);
        if (!_headerComplete && _header.WrittenCount >= MaximumHeaderLength)
            return new SubmissionResult(ContentReplies.HeaderTooLong, null, decoder.Length);
        if (RewritesSender && !_headerComplete)
        {
            // A message that is all header.
            RewriteSender();
            failure = await WriteAsync(staged, _header.WrittenMemory, cancellationToken);
            if (failure is not null) return new SubmissionResult(ContentReplies.StorageFailed, null, decoder.Length, failure);
        }

        return await CommitAsync(staged, decoder.Length);
    }

    private async Task<Exception?> StoreAsync(IStagedMessage staged, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        bool wasComplete = _headerComplete;
        int before = _header.WrittenCount;
        CollectHeader(bytes.Span);
        _lines += bytes.Span.Count((byte)'\n');
        if (!RewritesSender || wasComplete) return await WriteAsync(staged, bytes, cancellationToken);

        // A header that is to be changed is kept back until it is whole.
        if (!_headerComplete) return null;
        bytes = bytes[(_header.WrittenCount - before)..];
        RewriteSender();
        return await WriteAsync(staged, _header.WrittenMemory, cancellationToken) ?? await WriteAsync(staged, bytes, cancellationToken);
    }

    private static async Task<Exception?> WriteAsync(IStagedMessage staged, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
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

    /// <summary>The source channel puts the authenticated user into the header (<c>authrewrite</c>).</summary>
    private bool RewritesSender =>
        facts.AuthenticatedUser is not null && policy.Snapshot.Channels.FindByName(facts.Source.Current) is { AuthRewrite: > 0 };

    private void RewriteSender()
    {
        HeaderFields header = HeaderFields.Of(_header.WrittenMemory);
        byte[] rest = _header.WrittenSpan[header.Block.Length..].ToArray();
        byte[] changed = policy.Snapshot.Channels.FindByName(facts.Source.Current)!.AuthRewrite == 1
            ? SenderFields.WithSender(header.Block.Span, facts.AuthenticatedUser!)
            : SenderFields.WithFrom(header.Block.Span, facts.AuthenticatedUser!);
        _header.ResetWrittenCount();
        _header.Write(changed);
        _header.Write(rest);
    }

    private async Task<SubmissionResult> CommitAsync(IStagedMessage staged, long size)
    {
        if (sender.Decision.Verdict == Verdict.Discard) return new SubmissionResult(ContentReplies.Accepted(staged.Id), null, size);
        HeaderFields header = HeaderFields.Of(_header.WrittenMemory);
        ListAdmission lists = ListAdmission.Of(recipients, new ListContent(header.Block, size, _lines), policy.Snapshot);
        if (lists.Refusal is { } refusal) return new SubmissionResult(ContentReplies.ListRefused(refusal), null, size);
        string? held = MailLoop.Find(header, policy.Snapshot) ?? (sender.Decision.Verdict == Verdict.Hold ? "held by an access table" : null);
        DateTimeOffset now = time.GetUtcNow();
        CopyHeaders headers = new(policy.Snapshot, list => MessageTrace.Build(policy, facts, sender, recipients, staged.Id, header.Block.Span, now, list), header.Block);
        ImmutableArray<NewCopy> copies = CopyPlan.Build(lists.Recipients, policy.Snapshot, headers, held);
        if (header.IsComplete) copies = HeaderRewriting.Apply(copies, header.Block, policy, facts);
        copies = copies.AddRange(SuccessReports.Owed(lists.Recipients));
        if (copies.IsEmpty) return new SubmissionResult(ContentReplies.Accepted(staged.Id), null, size);
        if (copies.All(c => policy.Snapshot.Channels.FindByName(new ChannelName(c.Channel))?.Takes(size) == false))
            return new SubmissionResult(ContentReplies.TooLarge, null, size);
        Envelope envelope = new(
            staged.Id,
            sender.EffectivePath.ToString(),
            sender.Parameters.EnvelopeId,
            (ReturnContent)sender.Parameters.Return,
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
            // Not to be interrupted: a client that hung up behind its final dot must not leave us in doubt.
            await queue.CommitAsync(staged, envelope, copies, [], CancellationToken.None);
            return new SubmissionResult(ContentReplies.Accepted(staged.Id), staged.Id, size);
        }
        catch (QueueWriteException e)
        {
            return new SubmissionResult(ContentReplies.StorageFailed, null, size, e);
        }
    }
}
