using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Reprocess;

/// <summary>
/// The channels that hand mail back to the MTA: <c>process</c>, <c>conversion</c> and <c>defragment</c> under their own
/// name, <c>reprocess</c> under the name of the channel the mail came from. Addresses are rewritten and expanded anew;
/// a recipient marked <em>checked</em> is not probed in ORIG_ tables again, one without the mark is, under the original source channel.
/// </summary>
/// <param name="enqueued">called after the commit.</param>
public sealed class ReprocessDelivery(IQueueStore queue, TimeProvider time, Func<MailPolicy> policy, Action enqueued) : IDeliveryChannel
{
    private static readonly EnhancedCode StoreTrouble = new(4, 3, 1);
    private static readonly EnhancedCode BadAddress = new(5, 1, 3);

    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        MailPolicy rules = policy();
        SessionFacts facts = Facts(attempt, rules);
        ReversePath sender = attempt.Copy.ReversePath.Length > 0
            && AddressParser.Parse(attempt.Copy.ReversePath, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var from }
                ? new ReversePath(from, attempt.Copy.ReversePath)
                : ReversePath.Null;

        ImmutableArray<RecipientOutcome>.Builder outcomes = ImmutableArray.CreateBuilder<RecipientOutcome>(attempt.Copy.Recipients.Length);
        ImmutableArray<AcceptedRecipient>.Builder accepted = ImmutableArray.CreateBuilder<AcceptedRecipient>();
        foreach (QueuedRecipient recipient in attempt.Copy.Recipients)
        {
            outcomes.Add(Route(recipient, rules, facts, sender, attempt.Channel, out AcceptedRecipient? routed));
            if (routed is not null) accepted.Add(routed);
        }

        if (accepted.Count == 0) return outcomes.MoveToImmutable();
        DeliveryFault? fault = await EnqueueAsync(attempt, rules.Snapshot, sender, accepted.ToImmutable(), cancellationToken);
        return fault is null
            ? outcomes.MoveToImmutable()
            : [.. outcomes.Select(o => o is RecipientOutcome.Delivered ? new RecipientOutcome.Deferred(fault, HostFault: false) : o)];
    }

    private static RecipientOutcome Route(
        QueuedRecipient recipient, MailPolicy rules, SessionFacts facts, ReversePath sender, ChannelDefinition channel, out AcceptedRecipient? routed)
    {
        routed = null;
        if (AddressParser.Parse(recipient.Address, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox })
            return new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.Routing, BadAddress, $"\"{recipient.Address}\" is no address"));

        ForwardPath path = new(WithoutOwnHost(mailbox, channel, rules.Snapshot.Channels), recipient.Address);
        Decision decision = rules.Recipient(facts, sender, path, recipient.Checked);
        switch (decision.Verdict)
        {
            case Verdict.Reject or Verdict.Defer:
                EnhancedCode status = decision.Reply.Enhanced ?? new EnhancedCode(decision.Reply.Code / 100, 0, 0);
                return RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Routing, status, string.Join(' ', decision.Reply.Lines)));
            default:
                routed = new AcceptedRecipient(path, decision);
                return new RecipientOutcome.Delivered($"processed anew: {decision.Reply}");
        }
    }

    /// <summary>Takes this channel's own host out of the address, else the mail would come straight back to it.</summary>
    private static Mailbox WithoutOwnHost(Mailbox mailbox, ChannelDefinition channel, ChannelTable channels)
    {
        while (!mailbox.Route.IsEmpty && channels.FindByHost(mailbox.Route[0].Key)?.Name == channel.Name)
            mailbox = mailbox with { Route = mailbox.Route.RemoveAt(0) };
        if (mailbox.Route.IsEmpty && mailbox.Domain is { } domain && channels.FindByHost(domain.Key)?.Name == channel.Name)
        {
            // "user%dom@process-daemon" and "user@process-daemon": what remains is read as an address of its own.
            return AddressParser.Parse(mailbox.Local.Value, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var inner }
                ? inner
                : mailbox with { Domain = null };
        }

        return mailbox;
    }

    private static SessionFacts Facts(DeliveryAttempt attempt, MailPolicy rules)
    {
        ChannelName source = attempt.Channel.Name.ToString() == "reprocess"
            ? new ChannelName(attempt.Copy.Envelope.SourceChannel)
            : attempt.Channel.Name;
        ClientConnection connection = new(null, 0, null, 0, source.ToString());
        return new SessionFacts(
            connection,
            new SourceChannel(source, source, SourceChannelReason.Requeued, $"requeued by channel {attempt.Channel.Name}"),
            AuthenticatedUser: attempt.Copy.Envelope.AuthenticatedUser);
    }

    private async Task<DeliveryFault?> EnqueueAsync(
        DeliveryAttempt attempt, ConfigurationSnapshot snapshot, ReversePath sender, ImmutableArray<AcceptedRecipient> accepted, CancellationToken cancellationToken)
    {
        QueueId id = QueueId.New(time);
        await using IStagedMessage staged = queue.Stage(id);
        try
        {
            await using (Stream message = await attempt.OpenMessage(cancellationToken))
            {
                byte[] buffer = new byte[64 * 1024];
                int count;
                while ((count = await message.ReadAsync(buffer, cancellationToken)) > 0)
                    await staged.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
            }

            ImmutableArray<NewCopy> copies = CopyPlan.Build(accepted, snapshot, sender, ReadOnlyMemory<byte>.Empty, holdReason: null);
            if (copies.IsEmpty) return null;
            Envelope envelope = attempt.Copy.Envelope with { Id = id, ReversePath = attempt.Copy.ReversePath, ParentId = attempt.Copy.Envelope.Id.ToString() };
            await queue.CommitAsync(staged, envelope, copies, [], cancellationToken);
            enqueued();
            return null;
        }
        catch (QueueWriteException e)
        {
            return new DeliveryFault(DeliveryPhase.Store, StoreTrouble, e.Message);
        }
    }
}
