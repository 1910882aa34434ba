using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Server.Callouts;
using Postern.Server.Logs;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;

namespace Postern.Server.Delivery.Dsn;

/// <summary>
/// Sends the notifications the queue owes: to the sender, and copies to the postmaster as the channel says
/// (<c>…sendpost</c>, <c>…warnpost</c>). The debt is written with the failure or the delay and struck in the transaction that
/// queues the notification, so a crash between the two forgets nothing; it may repeat a postmaster's copy.
/// </summary>
/// <remarks>
/// INVARIANT: nothing is ever sent to a null reverse-path (RFC 5321 §6.1), and a postmaster's copy is reported about to
/// nobody (NOTIFY=NEVER), so no notification breeds another for ever.
/// BUGS: more senders than <see cref="PendingNotification.PageSize"/> that cannot be decided about now hide later debts until they can.
/// </remarks>
public sealed class NotificationSender(IQueueStore queue, Func<MailPolicy> policy, CalloutLoop callouts, TimeProvider time, ILogger logger, Action enqueued, TransactionLog? transactions = null)
{
    private static readonly ChannelName Process = new("process");

    /// <summary>One that is being attempted may be delivered in a moment; its warning can wait that long.</summary>
    private static readonly (RecipientState, NotificationKind)[] Kinds =
    [
        (RecipientState.Failed, NotificationKind.Failed),
        (RecipientState.Queued, NotificationKind.Delayed),
        (RecipientState.Delivered, NotificationKind.Delivered),
        (RecipientState.Relayed, NotificationKind.Relayed),
        (RecipientState.Expanded, NotificationKind.Expanded),
    ];

    private readonly NotificationWriter _writer = new(queue, time, logger);
    private readonly NotificationLanguage _language = new(queue, callouts, logger);
    private readonly NotificationRate _rate = new(time);

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

    /// <returns>whether any of the copy's debt was struck.</returns>
    private async Task<bool> TrySettleAsync(PendingNotification pending, CancellationToken cancellationToken)
    {
        bool any = false;
        foreach ((RecipientState state, NotificationKind kind) in Kinds)
        {
            PendingNotification ofKind = pending with { Recipients = [.. pending.Recipients.Where(r => r.State == state)] };
            if (!ofKind.Recipients.IsEmpty) any |= await TryTellAsync(kind, ofKind, cancellationToken);
        }

        return any;
    }

    private async Task<bool> TryTellAsync(NotificationKind kind, PendingNotification pending, CancellationToken cancellationToken)
    {
        MailPolicy rules = policy();
        ChannelTable channels = rules.Snapshot.Channels;
        ChannelDefinition channel = channels.FindByName(new ChannelName(pending.Channel)) ?? channels.Local;
        string original = pending.Envelope.Id.ToString();
        ImmutableArray<RecipientKey> settled = [.. pending.Recipients.Select(r => new RecipientKey(pending.CopyId, r.Number, kind == NotificationKind.Delayed))];

        if (await RouteAsync(rules, pending.ReversePath, Notify.None, cancellationToken) is not var (toSender, whyNotSender)) return false;
        if (!toSender.IsEmpty && IsOverRate(pending, rules.Snapshot)) (toSender, whyNotSender) = ([], "the address has been sent enough notifications this minute");
        string postmaster = $"postmaster@{channels.Local.OfficialHost}";
        ImmutableArray<NewCopy> toPostmaster = [];
        if (WantsCopy(kind, channel, pending.ReversePath, isTold: !toSender.IsEmpty) && !pending.ReversePath.Equals(postmaster, StringComparison.OrdinalIgnoreCase))
        {
            if (await RouteAsync(rules, postmaster, Notify.Never, cancellationToken) is not var (copies, why)) return false;
            toPostmaster = copies;
            if (copies.IsEmpty) DeliveryLog.NotNotified(logger, original, kind, postmaster, why);
        }

        if (!toPostmaster.IsEmpty)
        {
            ReturnedPart copied = channel.PostHeadOnly || pending.Envelope.Body == BodyType.BinaryMime ? ReturnedPart.Header : ReturnedPart.Whole;
            Report report = new(kind, postmaster, channel, pending, copied);
            await SendAsync(report, rules, toPostmaster, toSender.IsEmpty ? settled : [], cancellationToken);
        }

        ReturnedPart returned = Returned(kind, pending, toSender, rules.Snapshot);
        if (!toSender.IsEmpty) await SendAsync(new Report(kind, pending.ReversePath, channel, pending, returned), rules, toSender, settled, cancellationToken);
        else DeliveryLog.NotNotified(logger, original, kind, pending.ReversePath, whyNotSender);
        if (toSender.IsEmpty && toPostmaster.IsEmpty) await queue.SettleAsync(settled, cancellationToken);
        return true;
    }

    private async Task SendAsync(
        Report report, MailPolicy rules, ImmutableArray<NewCopy> copies, ImmutableArray<RecipientKey> settled, CancellationToken cancellationToken)
    {
        QueueId id = QueueId.New(time);
        string original = report.About.Envelope.Id.ToString();
        await using IStagedMessage staged = queue.Stage(id);
        bool smtpUtf8 = await _writer.WriteAsync(staged, report, await _language.ChooseAsync(report, rules, cancellationToken), rules.Snapshot, cancellationToken);
        BodyType body = report.Returned != ReturnedPart.Header ? report.About.Envelope.Body : smtpUtf8 ? BodyType.EightBitMime : BodyType.SevenBit;
        Envelope envelope = new(
            id, "", null, ReturnContent.Unspecified, smtpUtf8, body, time.GetUtcNow(), Process.ToString(), "", "", null, original);
        await queue.CommitAsync(staged, envelope, copies, settled, cancellationToken);
        DeliveryLog.Notified(logger, original, report.Kind, id.ToString(), report.Recipient);
        Tell(report, envelope, copies, settled, staged.Length, rules.Snapshot);
        enqueued();
    }

    /// <summary>The notification is mail like any other; a delay is told of besides, once.</summary>
    private void Tell(Report report, Envelope envelope, ImmutableArray<NewCopy> copies, ImmutableArray<RecipientKey> settled, long size, ConfigurationSnapshot snapshot)
    {
        if (transactions is null) return;
        DateTimeOffset now = time.GetUtcNow();
        foreach (TransactionRecord record in DeliveryRecords.Enqueued(envelope, copies, size, snapshot, now)) transactions.Write(record);
        if (report.Kind != NotificationKind.Delayed || settled.IsEmpty || !report.Channel.Logging) return;
        foreach (QueuedRecipient recipient in report.About.Recipients) transactions.Write(DeliveryRecords.Warned(report.About, recipient, snapshot.Version, now));
    }

    /// <returns>no copies, and why, when the address cannot be told; null when that cannot be decided now.</returns>
    private async ValueTask<(ImmutableArray<NewCopy> Copies, string Why)?> RouteAsync(
        MailPolicy rules, string address, Notify notify, CancellationToken cancellationToken)
    {
        if (address.Length == 0) return ([], "null reverse-path");
        if (AddressParser.Parse(address, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox }) return ([], "it is no address");
        ForwardPath target = new(mailbox, address);
        SessionFacts facts = new(
            new ClientConnection(null, 0, null, 0, Process.ToString()),
            new SourceChannel(Process, Process, SourceChannelReason.Requeued, "notification"));
        EnvelopeTerms terms = new(Notify: notify);
        Decision decision = await callouts.DecideAsync(
            answers => rules.Recipient(facts, ReversePath.Null, target, alreadyChecked: true, terms, answers), cancellationToken);
        if (decision.Verdict == Verdict.Defer) return null;
        if (decision.Verdict == Verdict.Reject) return ([], decision.Reply.ToString());
        return (CopyPlan.Build([new AcceptedRecipient(target, decision)], rules.Snapshot, ReversePath.Null, ReadOnlyMemory<byte>.Empty, holdReason: null), "discarded");
    }

    /// <summary>
    /// What a failure brings back: RET, as far as who gets the report has said it; else the whole message when it is small, and not larger
    /// than his channel takes. A warning shows the beginning of the text to a sender who said nothing (RFC 3461 §4.3 wants the header of
    /// one who did). A body that is not made of lines cannot stand in a report (RFC 3030 §3).
    /// </summary>
    private static ReturnedPart Returned(NotificationKind kind, PendingNotification pending, ImmutableArray<NewCopy> toSender, ConfigurationSnapshot snapshot)
    {
        if (pending.Envelope.Body == BodyType.BinaryMime) return ReturnedPart.Header;
        ReturnContent wanted = pending.ReversePath == pending.Envelope.ReversePath ? pending.Envelope.Return : ReturnContent.Unspecified;
        bool isWhole = (kind, wanted) switch
        {
            (NotificationKind.Failed, ReturnContent.Full) => true,
            (NotificationKind.Failed, ReturnContent.Unspecified) => pending.Size <= snapshot.Options.ContentReturnLimit
                && toSender.All(c => snapshot.Channels.FindByName(new ChannelName(c.Channel))?.Takes(pending.Size) != false),
            _ => false,
        };
        if (isWhole) return ReturnedPart.Whole;
        return kind == NotificationKind.Delayed && wanted == ReturnContent.Unspecified && snapshot.Options.LinesToReturn > 0 ? ReturnedPart.Sample : ReturnedPart.Header;
    }

    /// <summary>Whoever gave in the message as a stranger may have written anybody's address into it (DSN_RATE).</summary>
    private bool IsOverRate(PendingNotification pending, ConfigurationSnapshot snapshot) =>
        snapshot.Options.NotificationRate is { } limit
        && pending.Envelope.AuthenticatedUser is null
        && snapshot.Listeners.Any(l => l.Channel.ToString() == pending.Envelope.SourceChannel)
        && !_rate.TryTake(pending.ReversePath, limit);

    private static bool WantsCopy(NotificationKind kind, ChannelDefinition channel, string reversePath, bool isTold) =>
        kind switch
        {
            NotificationKind.Failed => channel.SendPost,
            NotificationKind.Delayed => channel.WarnPost ?? channel.SendPost,
            _ => PostmasterCopy.Never,
        } switch
        {
            PostmasterCopy.Always => true,
            PostmasterCopy.UnlessNullSender => reversePath.Length > 0,
            PostmasterCopy.WhenNotReturnable => !isTold,
            _ => false,
        };
}
