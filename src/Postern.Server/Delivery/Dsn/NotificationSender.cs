using System.Buffers;
using System.Collections.Immutable;
using MimeKit;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Smtp.Addresses;
using Postern.Smtp.Headers;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Dsn;

/// <summary>
/// Sends the failure notifications the queue owes. The debt is written with the failure and struck in the transaction
/// that queues the notification, so a crash between the two repeats nothing and forgets nothing.
/// </summary>
/// <remarks>INVARIANT: nothing is ever sent for a null reverse-path (RFC 5321 §6.1).</remarks>
public sealed class NotificationSender(IQueueStore queue, Func<MailPolicy> policy, TimeProvider time, ILogger logger, Action enqueued) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Works off every debt, one message at a time.</summary>
    public async Task SendPendingAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            foreach (PendingNotification pending in await queue.PendingNotificationsAsync(cancellationToken))
                await SendAsync(pending, cancellationToken);
        }
        catch (Exception e) when (e is QueueReadException or QueueWriteException)
        {
            DeliveryLog.QueueUnavailable(logger, e);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task SendAsync(PendingNotification pending, CancellationToken cancellationToken)
    {
        string original = pending.Envelope.Id.ToString();
        ImmutableArray<RecipientKey> settled = [.. pending.Recipients.Select(r => new RecipientKey(pending.CopyId, r.Number))];
        if (Target(pending.ReversePath) is not { } target)
        {
            DeliveryLog.NotNotified(logger, original, pending.ReversePath.Length == 0 ? "null reverse-path" : "the sender is no address");
            await queue.SettleAsync(settled, cancellationToken);
            return;
        }

        MailPolicy rules = policy();
        ChannelName process = new("process");
        SessionFacts facts = new(
            new ClientConnection(null, 0, null, 0, "process"),
            new SourceChannel(process, process, SourceChannelReason.Requeued, "notification"));
        Decision decision = rules.Recipient(facts, ReversePath.Null, new ForwardPath(target, pending.ReversePath), alreadyChecked: true);
        if (decision.Verdict == Verdict.Defer) return;
        if (decision.Verdict == Verdict.Reject)
        {
            DeliveryLog.NotNotified(logger, original, $"{pending.ReversePath} cannot be reached: {decision.Reply}");
            await queue.SettleAsync(settled, cancellationToken);
            return;
        }

        QueueId id = QueueId.New(time);
        await using IStagedMessage staged = queue.Stage(id);
        await WriteAsync(staged, pending, rules, cancellationToken);
        ImmutableArray<NewCopy> copies = CopyPlan.Build(
            [new AcceptedRecipient(new ForwardPath(target, pending.ReversePath), decision)], rules.Snapshot, ReversePath.Null, ReadOnlyMemory<byte>.Empty, holdReason: null);
        if (copies.IsEmpty)
        {
            await queue.SettleAsync(settled, cancellationToken);
            return;
        }

        Envelope envelope = new(
            id, "", null, ReturnContent.Unspecified, false, BodyType.SevenBit, time.GetUtcNow(), "process", "", "", null, original);
        await queue.CommitAsync(staged, envelope, copies, settled, cancellationToken);
        DeliveryLog.Notified(logger, original, id.ToString(), pending.ReversePath);
        enqueued();
    }

    private async Task WriteAsync(IStagedMessage staged, PendingNotification pending, MailPolicy rules, CancellationToken cancellationToken)
    {
        string host = rules.Snapshot.Channels.Local.OfficialHost;
        ImmutableArray<FailedRecipient> failures = [.. pending.Recipients.Select(r => Failure(r, time.GetUtcNow()))];
        using MimeMessage message = FailureNotification.Build(
            host,
            $"postmaster@{host}",
            pending.ReversePath,
            pending.Envelope.EnvelopeId,
            pending.Envelope.Received,
            time.GetUtcNow(),
            failures,
            await OriginalHeaderAsync(pending, cancellationToken));
        using MemoryStream text = new();
        FormatOptions options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        await message.WriteToAsync(options, text, cancellationToken);
        await staged.WriteAsync(text.GetBuffer().AsMemory(0, (int)text.Length), cancellationToken);
    }

    private static FailedRecipient Failure(QueuedRecipient recipient, DateTimeOffset now)
    {
        LastReply last = LastReply.Parse(recipient.LastReply);

        // A recipient that was given up for its age was last deferred; the notification is about the giving up.
        EnhancedCode status = last.Status.Class == 5 ? last.Status : new EnhancedCode(5, last.Status.Subject, last.Status.Detail);
        return new FailedRecipient(recipient.Address, recipient.OriginalRecipient, status, last.Text, last.RemoteHost, now);
    }

    private async Task<ReadOnlyMemory<byte>> OriginalHeaderAsync(PendingNotification pending, CancellationToken cancellationToken)
    {
        await using Stream content = await queue.OpenContentAsync(pending.Envelope.Id, cancellationToken);
        byte[] buffer = new byte[FailureNotification.MaximumReturnedHeader];
        int length = await content.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return HeaderScan.TryFindEnd(buffer.AsSpan(0, length), out int end) ? buffer.AsMemory(0, end) : buffer.AsMemory(0, length);
    }

    private static Mailbox? Target(string reversePath) =>
        reversePath.Length > 0 && AddressParser.Parse(reversePath, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox : null;

    public void Dispose() => _one.Dispose();
}
