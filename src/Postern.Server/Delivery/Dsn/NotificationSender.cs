using System.Collections.Immutable;
using MimeKit;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Server.Callouts;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Dsn;

/// <summary>
/// Sends the failure notifications the queue owes. The debt is written with the failure and struck in the transaction
/// that queues the notification, so a crash between the two repeats nothing and forgets nothing.
/// </summary>
/// <remarks>
/// INVARIANT: nothing is ever sent for a null reverse-path (RFC 5321 §6.1).
/// BUGS: more senders than <see cref="PendingNotification.PageSize"/> that cannot be decided about now hide later debts until they can.
/// </remarks>
public sealed class NotificationSender(IQueueStore queue, Func<MailPolicy> policy, CalloutLoop callouts, TimeProvider time, ILogger logger, Action enqueued)
{
    /// <summary>Told of an address that is not to be named: the words of the next host may name it.</summary>
    private const string Unnamed = "delivery failed";

    private static readonly ChannelName Process = new("process");

    /// <summary>Works off the debts that can be worked off now. Not to be called concurrently.</summary>
    public async Task SendPendingAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ImmutableArray<PendingNotification> owed = await queue.PendingNotificationsAsync(cancellationToken);
            int settled = 0;
            foreach (PendingNotification pending in owed)
            {
                if (await TrySettleAsync(pending, cancellationToken)) settled++;
            }

            if (owed.Length < PendingNotification.PageSize || settled == 0) return;
        }
    }

    private async Task<bool> TrySettleAsync(PendingNotification pending, CancellationToken cancellationToken)
    {
        string original = pending.Envelope.Id.ToString();
        ImmutableArray<RecipientKey> settled = [.. pending.Recipients.Select(r => new RecipientKey(pending.CopyId, r.Number))];
        if (Target(pending.ReversePath) is not { } target)
        {
            DeliveryLog.NotNotified(logger, original, pending.ReversePath.Length == 0 ? "null reverse-path" : "the sender is no address");
            await queue.SettleAsync(settled, cancellationToken);
            return true;
        }

        MailPolicy rules = policy();
        SessionFacts facts = new(
            new ClientConnection(null, 0, null, 0, Process.ToString()),
            new SourceChannel(Process, Process, SourceChannelReason.Requeued, "notification"));
        Decision decision = await callouts.DecideAsync(
            answers => rules.Recipient(facts, ReversePath.Null, target, alreadyChecked: true, answers: answers), cancellationToken);
        if (decision.Verdict == Verdict.Defer) return false;
        ImmutableArray<NewCopy> copies = decision.Verdict == Verdict.Reject
            ? []
            : CopyPlan.Build([new AcceptedRecipient(target, decision)], rules.Snapshot, ReversePath.Null, ReadOnlyMemory<byte>.Empty, holdReason: null);
        if (copies.IsEmpty)
        {
            DeliveryLog.NotNotified(logger, original, $"{pending.ReversePath} cannot be reached: {decision.Reply}");
            await queue.SettleAsync(settled, cancellationToken);
            return true;
        }

        QueueId id = QueueId.New(time);
        await using IStagedMessage staged = queue.Stage(id);
        await WriteAsync(staged, pending, rules, cancellationToken);
        Envelope envelope = new(
            id, "", null, ReturnContent.Unspecified, false, BodyType.SevenBit, time.GetUtcNow(), Process.ToString(), "", "", null, original);
        await queue.CommitAsync(staged, envelope, copies, settled, cancellationToken);
        DeliveryLog.Notified(logger, original, id.ToString(), pending.ReversePath);
        enqueued();
        return true;
    }

    private async Task WriteAsync(IStagedMessage staged, PendingNotification pending, MailPolicy rules, CancellationToken cancellationToken)
    {
        string host = rules.Snapshot.Channels.Local.OfficialHost;
        DateTimeOffset now = time.GetUtcNow();
        using MimeMessage message = FailureNotification.Build(
            host,
            rules.Snapshot.Channels.Local.ReturnAddress ?? $"postmaster@{host}",
            pending.ReversePath,
            OfSender(pending),
            now,
            [.. pending.Recipients.Select(r => Failure(r, now))],
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

        // Given up for its age is the one failure whose code says "for now" (RFC 3463 §3.5).
        EnhancedCode status = last.Status.Class == 5 || last.Status == RetryPlan.Expired
            ? last.Status
            : new EnhancedCode(5, last.Status.Subject, last.Status.Detail);
        if (recipient.ShownAs is { } shown) return new FailedRecipient(shown, recipient.OriginalRecipient, status, Unnamed, null, recipient.LastAttempt ?? now);
        return new FailedRecipient(recipient.Address, recipient.OriginalRecipient, status, last.Text, last.RemoteHost, recipient.LastAttempt ?? now);
    }

    /// <summary>A list's owner did not send the message: what its sender said of ENVID and RET is not for him (RFC 3461 §5.2.7.3).</summary>
    private static Envelope OfSender(PendingNotification pending) => pending.ReversePath == pending.Envelope.ReversePath
        ? pending.Envelope
        : pending.Envelope with { EnvelopeId = null, Return = ReturnContent.Unspecified };

    private async Task<ReadOnlyMemory<byte>> OriginalHeaderAsync(PendingNotification pending, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream content = await queue.OpenContentAsync(pending.Envelope.Id, cancellationToken);
            ReadOnlyMemory<byte> header = (await HeaderFields.ReadAsync(content, cancellationToken)).Block;
            return header.Length <= FailureNotification.MaximumReturnedHeader ? header : header[..FailureNotification.MaximumReturnedHeader];
        }
        catch (QueueReadException e)
        {
            // The sender must be told all the more when the message itself is damaged.
            DeliveryLog.QueueUnavailable(logger, e);
            return ReadOnlyMemory<byte>.Empty;
        }
    }

    private static ForwardPath? Target(string reversePath) =>
        reversePath.Length > 0 && AddressParser.Parse(reversePath, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox }
            ? new ForwardPath(mailbox, reversePath)
            : null;
}
