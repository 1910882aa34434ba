using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Server.Callouts;
using Postern.Server.Logs;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Postern.Smtp.Headers;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Reprocess;

/// <summary>
/// The channels that hand mail back to the MTA: <c>process</c>, <c>conversion</c> and <c>defragment</c> under their own
/// name, <c>reprocess</c>, what is released from <c>hold</c> and what is released from any other channel to be rewritten under the name of the channel the mail came from.
/// Addresses are rewritten and expanded anew.
/// </summary>
/// <remarks>
/// INVARIANT: nothing leaves for a stranger that was not checked at the door. A recipient with the mark <em>checked</em> is
/// not probed in ORIG_ tables again: an alias of ours led here (<see cref="CopyPlan"/>). Without the mark, where a client
/// named this channel himself, they are asked under the channel, client and user the mail came in with.
/// Each pass adds a Received field, and mail with too many of them is held: channels that hand mail to each other cannot
/// do so for ever.
/// </remarks>
/// <param name="enqueued">called after the commit.</param>
public sealed class ReprocessDelivery(IQueueStore queue, TimeProvider time, Func<MailPolicy> policy, CalloutLoop callouts, Action enqueued, TransactionLog? transactions = null) : IDeliveryChannel
{
    private static readonly EnhancedCode StoreTrouble = new(4, 3, 1);
    private static readonly EnhancedCode BadAddress = new(5, 1, 3);

    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        MailPolicy rules = policy();
        ReversePath sender = attempt.Copy.ReversePath.Length > 0
            && AddressParser.Parse(attempt.Copy.ReversePath, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var from }
                ? new ReversePath(from, attempt.Copy.ReversePath)
                : ReversePath.Null;

        ImmutableArray<RecipientOutcome>.Builder outcomes = ImmutableArray.CreateBuilder<RecipientOutcome>(attempt.Copy.Recipients.Length);
        ImmutableArray<AcceptedRecipient>.Builder accepted = ImmutableArray.CreateBuilder<AcceptedRecipient>();
        foreach (QueuedRecipient recipient in attempt.Copy.Recipients)
        {
            (RecipientOutcome outcome, AcceptedRecipient? routed) = await RouteAsync(recipient, rules, sender, attempt, cancellationToken);
            outcomes.Add(outcome);
            if (routed is not null) accepted.Add(routed);
        }

        if (accepted.Count == 0) return outcomes.MoveToImmutable();
        RecipientOutcome? trouble = await EnqueueAsync(attempt, rules, accepted, outcomes, cancellationToken);
        return trouble is null
            ? outcomes.MoveToImmutable()
            : [.. outcomes.Select(o => o is RecipientOutcome.Delivered ? trouble : o)];
    }

    /// <returns>what becomes of the recipient, and for one that is delivered anew, the recipient.</returns>
    private async ValueTask<(RecipientOutcome Outcome, AcceptedRecipient? Routed)> RouteAsync(
        QueuedRecipient recipient, MailPolicy rules, ReversePath sender, DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        if (AddressParser.Parse(recipient.Address, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox })
            return (new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.Routing, BadAddress, $"\"{recipient.Address}\" is no address")), null);

        Mailbox inner = WithoutOwnHost(mailbox, attempt.Channel, rules.Snapshot.Channels);
        ForwardPath path = new(inner, inner.ToString());
        EnvelopeTerms terms = new(attempt.Copy.Size, (Notify)recipient.Notify, recipient.OriginalRecipient, ShownAs: recipient.ShownAs);
        bool isChecked = recipient.Checked && (IsOfOurs(attempt.Channel.Name) || !NamesAnother(mailbox, inner));
        SessionFacts facts = Facts(attempt, isChecked);
        Decision decision = await callouts.DecideAsync(
            answers => rules.Recipient(facts, sender, path, isChecked, terms, answers), cancellationToken);
        if (decision.Verdict is Verdict.Reject or Verdict.Defer)
        {
            EnhancedCode status = decision.Reply.Enhanced ?? new EnhancedCode(decision.Reply.Code / 100, 0, 0);
            return (RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Routing, status, string.Join(' ', decision.Reply.Lines))), null);
        }

        if (attempt.Channel.Name.IsHold && !decision.Recipients.IsDefaultOrEmpty && decision.Recipients.All(r => r.Channel.IsHold))
            return (new RecipientOutcome.Held(HoldDelivery.Reason), null);

        // What would only come back to this channel goes nowhere; a bounce might do the same. What comes back to one that delivers is delivered.
        if (IsOfOurs(attempt.Channel.Name) && !decision.Recipients.IsDefault && decision.Recipients.Any(r => r.Channel == attempt.Channel.Name && r.Address == recipient.Address))
            return (new RecipientOutcome.Held($"comes back to channel {attempt.Channel.Name}: a mail loop"), null);
        return (new RecipientOutcome.Delivered($"processed anew: {decision.Reply}", SuccessReport.PassedOn), new AcceptedRecipient(path, decision, isChecked));
    }

    /// <summary>Channels that mail takes only to come back to us.</summary>
    private static bool IsOfOurs(ChannelName channel) => channel.HandsBack || channel.IsHold;

    /// <summary>
    /// Whether an address without its own host is that of another host, where it was delivered to this one before. Nobody was asked about that host, so the mark does not
    /// cover it. A bare local part is a user of ours.
    /// </summary>
    private static bool NamesAnother(Mailbox delivered, Mailbox inner) =>
        !inner.Equals(delivered) && (inner.Domain is not null || !inner.Route.IsEmpty || inner.Local.Value.AsSpan().ContainsAny('%', '!', '@'));

    /// <summary>Takes this channel's own host out of the address, else the mail would come straight back to it.</summary>
    private static Mailbox WithoutOwnHost(Mailbox mailbox, ChannelDefinition channel, ChannelTable channels)
    {
        while (!mailbox.Route.IsEmpty && channels.FindByHost(mailbox.Route[0].Key)?.Name == channel.Name)
            mailbox = mailbox with { Route = mailbox.Route.RemoveAt(0) };
        if (!mailbox.Route.IsEmpty || mailbox.Domain is not { } domain || channels.FindByHost(domain.Key)?.Name != channel.Name) return mailbox;

        // What remains names its own host or none. Only the rewriter says which: a second reading of "%" and "!" here could
        // find a host where the one at the door found none, and the mark would cover it.
        return mailbox with { Domain = null };
    }

    private static SessionFacts Facts(DeliveryAttempt attempt, bool isChecked)
    {
        Envelope envelope = attempt.Copy.Envelope;
        ChannelName source = !isChecked || !attempt.Channel.Name.HandsBack || attempt.Channel.Name.ToString() == "reprocess" ? new ChannelName(envelope.SourceChannel) : attempt.Channel.Name;
        string[] application = envelope.ApplicationInformation.Split('/');
        return new SessionFacts(
            Connection(envelope.PortInformation, source),
            new SourceChannel(source, source, SourceChannelReason.Requeued, $"requeued by channel {attempt.Channel.Name}"),
            HeloName: application.Length > 1 ? application[^1] : null,
            Tls: application.Length > 2 ? string.Join('/', application[1..^1]) : null,
            AuthenticatedUser: envelope.AuthenticatedUser);
    }

    /// <summary>The client as the access tables saw it: the envelope keeps <c>TCP|server|port|client|port</c>.</summary>
    private static ClientConnection Connection(string portInformation, ChannelName source) =>
        portInformation.Split('|') is ["TCP", var server, var serverPort, var client, var clientPort]
        && IPAddress.TryParse(server, out IPAddress? serverAddress) && int.TryParse(serverPort, out int ofServer)
        && IPAddress.TryParse(client, out IPAddress? clientAddress) && int.TryParse(clientPort, out int ofClient)
            ? new ClientConnection(clientAddress, ofClient, serverAddress, ofServer, source.ToString())
            : new ClientConnection(null, 0, null, 0, source.ToString());

    /// <returns>what becomes of everything that was to be queued, when it cannot be; null when it was.</returns>
    private async Task<RecipientOutcome?> EnqueueAsync(
        DeliveryAttempt attempt,
        MailPolicy rules,
        ImmutableArray<AcceptedRecipient>.Builder accepted,
        ImmutableArray<RecipientOutcome>.Builder outcomes,
        CancellationToken cancellationToken)
    {
        ConfigurationSnapshot snapshot = rules.Snapshot;
        QueueId id = QueueId.New(time);
        await using IStagedMessage staged = queue.Stage(id);
        try
        {
            HeaderFields header;
            await using (Stream message = await attempt.OpenMessage(cancellationToken)) header = await HeaderFields.ReadAsync(message, cancellationToken);
            long lines = 0;
            await using (Stream message = await attempt.OpenMessage(cancellationToken))
            {
                byte[] buffer = new byte[64 * 1024];
                int count;
                while ((count = await message.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    lines += buffer.AsSpan(0, count).Count((byte)'\n');
                    await staged.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                }
            }

            string? loop = attempt.Copy.Recipients.Any(r => r.Release.IsForced()) ? null : MailLoop.Find(header, snapshot);
            if (loop is not null && !attempt.Channel.Name.HandsBack) return new RecipientOutcome.Held(loop);
            ImmutableArray<AcceptedRecipient> routed = AskLists(accepted, outcomes, new ListContent(header.Block, attempt.Copy.Size, lines), snapshot);
            if (routed.IsEmpty) return null;
            if (!header.IsWhole && ListAdmission.Concerns(routed)) return new RecipientOutcome.Held("the header is too long for a list to work on");
            string trace = TraceHeader.Received(
                attempt.Channel.Name.ToString(), null, snapshot.Channels.Local.OfficialHost, false, null, false, id.ToString(), null, time.GetUtcNow());
            CopyHeaders headers = new(snapshot, _ => trace, header.Block);
            ImmutableArray<NewCopy> copies = CopyPlan.Build(routed, snapshot, headers, loop);
            if (header.IsComplete) copies = HeaderRewriting.Apply(copies, header.Block, rules, Facts(attempt, isChecked: true));
            copies = copies.AddRange(SuccessReports.Owed(routed));
            if (copies.IsEmpty) return null;
            Envelope envelope = attempt.Copy.Envelope with { Id = id, ReversePath = attempt.Copy.ReversePath, ParentId = attempt.Copy.Envelope.Id.ToString() };
            await queue.CommitAsync(staged, envelope, copies, [], cancellationToken);
            foreach (TransactionRecord record in DeliveryRecords.Enqueued(envelope, copies, attempt.Copy.Size, snapshot, time.GetUtcNow())) transactions?.Write(record);
            enqueued();
            return null;
        }
        catch (Exception e) when (e is QueueWriteException or QueueReadException)
        {
            return new RecipientOutcome.Deferred(new DeliveryFault(DeliveryPhase.Store, StoreTrouble, e.Message), HostFault: false);
        }
    }

    /// <summary>A recipient whose list does not take the content fails alone; its outcome is changed to that.</summary>
    private static ImmutableArray<AcceptedRecipient> AskLists(
        ImmutableArray<AcceptedRecipient>.Builder accepted, ImmutableArray<RecipientOutcome>.Builder outcomes, ListContent content, ConfigurationSnapshot snapshot)
    {
        ImmutableArray<AcceptedRecipient>.Builder routed = ImmutableArray.CreateBuilder<AcceptedRecipient>(accepted.Count);
        int next = 0;
        for (int i = 0; i < outcomes.Count; i++)
        {
            if (outcomes[i] is not RecipientOutcome.Delivered) continue;
            ListAdmission admission = ListAdmission.Of([accepted[next++]], content, snapshot);
            if (admission.Refusal is { } refusal) outcomes[i] = RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Routing, refusal.Status, refusal.Text));
            routed.AddRange(admission.Recipients);
        }

        return routed.ToImmutable();
    }
}
