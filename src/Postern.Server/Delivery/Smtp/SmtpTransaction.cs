using System.Collections.Immutable;
using Postern.Queue;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>
/// One mail transaction with a next hop: what it says, or fails to say, for each recipient.
/// </summary>
/// <remarks>
/// INVARIANT: an answer once given for a recipient stands, whatever happens to the connection afterwards; recipients
/// without one are deferred. Before MAIL is accepted a lost connection is the host's fault and the next host may be
/// tried; afterwards it is not, since behind the final dot it may hide a delivery.
/// </remarks>
internal sealed class SmtpTransaction(SmtpClientSession session, DeliveryAttempt attempt)
{
    private static readonly EnhancedCode NeedsEightBit = new(5, 6, 3);
    private static readonly EnhancedCode ConnectionLost = new(4, 4, 2);
    private static readonly EnhancedCode Malformed = new(4, 5, 0);
    private static readonly EnhancedCode CannotRead = new(4, 3, 0);

    private readonly RecipientOutcome?[] _outcomes = new RecipientOutcome?[attempt.Copy.Recipients.Length];

    private string Host => session.Target.Name;

    /// <exception cref="SmtpPeerException">the connection was lost before MAIL was answered.</exception>
    public async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> RunAsync(CancellationToken cancellationToken)
    {
        string parameters = "";
        if (session.Extensions.ContainsKey("SIZE")) parameters += $" SIZE={attempt.Copy.Size + (attempt.Copy.HeaderBlock?.Length ?? 0)}";
        if (attempt.Copy.Envelope.Body == BodyType.EightBitMime)
        {
            if (session.Extensions.ContainsKey("8BITMIME"))
            {
                parameters += " BODY=8BITMIME";
            }
            else if (await HoldsEightBitAsync(cancellationToken))
            {
                await session.QuitAsync(cancellationToken);
                Settle(new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.MailFrom, NeedsEightBit, $"{Host} does not take 8-bit mail", Host)));
                return (Outcomes(), null);
            }
        }

        SmtpReply mail = await session.CommandAsync($"MAIL FROM:<{attempt.Copy.ReversePath}>{parameters}", cancellationToken);
        if (mail.Code != 250)
        {
            DeliveryFault fault = ReplyClassification.Fault(DeliveryPhase.MailFrom, mail, Host);
            await session.QuitAsync(cancellationToken);
            if (!fault.IsPermanent) return (null, fault);
            Settle(RecipientOutcome.Of(fault));
            return (Outcomes(), null);
        }

        DeliveryPhase phase = DeliveryPhase.RcptTo;
        try
        {
            await NameRecipientsAsync(cancellationToken);
            phase = DeliveryPhase.Content;
            if (_outcomes.Any(o => o is null)) await ContentAsync(cancellationToken);
            await session.QuitAsync(cancellationToken);
        }
        catch (SmtpPeerException e)
        {
            string text = session.IsContentSent ? $"{e.Message}; the message may have been taken" : e.Message;
            Settle(RecipientOutcome.Of(new DeliveryFault(phase, e.IsMalformed ? Malformed : ConnectionLost, text, Host)));
        }
        catch (QueueReadException e)
        {
            // The connection is dropped without the final dot, so the peer drops the half message.
            Settle(RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Store, CannotRead, e.Message)));
        }

        return (Outcomes(), null);
    }

    private async Task NameRecipientsAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<QueuedRecipient> recipients = attempt.Copy.Recipients;
        for (int i = 0; i < recipients.Length; i++)
        {
            string address = OutgoingAddress(recipients[i].Address);
            SmtpReply reply = await session.CommandAsync($"RCPT TO:<{address}>", cancellationToken);
            if (reply.Code is >= 250 and <= 259) continue;
            DeliveryFault fault = ReplyClassification.Fault(DeliveryPhase.RcptTo, reply, Host);
            if (reply.Code == 421)
            {
                // The peer closes: nobody it has not refused yet was delivered to.
                Settle(RecipientOutcome.Of(fault));
                return;
            }

            _outcomes[i] = RecipientOutcome.Of(fault);
        }
    }

    private async Task ContentAsync(CancellationToken cancellationToken)
    {
        SmtpReply go = await session.CommandAsync("DATA", cancellationToken);
        if (go.Code != 354)
        {
            Settle(RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.Content, go, Host)));
            return;
        }

        await using Stream message = await attempt.OpenMessage(cancellationToken);
        SmtpReply end = await session.SendContentAsync(message, cancellationToken);
        if (!attempt.Channel.Lmtp)
        {
            Settle(OfContent(end));
            return;
        }

        for (int i = Array.IndexOf(_outcomes, null); i >= 0; i = Array.IndexOf(_outcomes, null))
        {
            _outcomes[i] = OfContent(end);
            if (_outcomes.Contains(null)) end = await session.ReadContentReplyAsync(cancellationToken);
        }
    }

    private RecipientOutcome OfContent(SmtpReply end) => end.Code is >= 250 and <= 259
        ? new RecipientOutcome.Delivered($"{Host}: {end}")
        : RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.Content, end, Host));

    private async Task<bool> HoldsEightBitAsync(CancellationToken cancellationToken)
    {
        await using Stream message = await attempt.OpenMessage(cancellationToken);
        byte[] block = new byte[16 * 1024];
        int count;
        while ((count = await message.ReadAsync(block, cancellationToken)) > 0)
        {
            if (!System.Text.Ascii.IsValid(block.AsSpan(0, count))) return true;
        }

        return false;
    }

    private void Settle(RecipientOutcome rest)
    {
        for (int i = 0; i < _outcomes.Length; i++) _outcomes[i] ??= rest;
    }

    private ImmutableArray<RecipientOutcome> Outcomes() => [.. _outcomes.Select(o => o!)];

    /// <summary>
    /// The route has done its work once the next hop is chosen (<c>dequeueremoveroute</c>). The store behind LMTP knows its
    /// users by their addresses, not by the form that leads to our own Maildirs.
    /// </summary>
    private string OutgoingAddress(string address)
    {
        bool isStore = attempt.Channel.Name == StoreMailbox.Channel;
        if (!isStore && !(attempt.Channel.DequeueRemoveRoute && address.StartsWith('@'))) return address;
        if (AddressParser.Parse(address, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox }) return address;
        return isStore ? StoreMailbox.Of(mailbox.Local.Value, attempt.Snapshot.DefaultDomain).ToMailbox().ToString() : (mailbox with { Route = [] }).ToString();
    }
}
