using System.Collections.Immutable;
using System.Text;
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
    private static readonly EnhancedCode NeedsConversion = new(5, 6, 3);
    private static readonly EnhancedCode NeedsUtf8 = new(5, 6, 7);
    private static readonly EnhancedCode ConnectionLost = new(4, 4, 2);
    private static readonly EnhancedCode Malformed = new(4, 5, 0);
    private static readonly EnhancedCode CannotRead = new(4, 3, 0);

    private readonly RecipientOutcome?[] _outcomes = new RecipientOutcome?[attempt.Copy.Recipients.Length];

    /// <summary>UTF-8 is in what is sent to the host.</summary>
    private bool _utf8;

    private readonly EnvelopeParameters _parameters = new(attempt.Copy, session.Extensions);

    private string Host => session.Target.Name;

    /// <exception cref="SmtpPeerException">the connection was lost before MAIL was answered.</exception>
    public async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> RunAsync(CancellationToken cancellationToken)
    {
        if (await ObstacleAsync(cancellationToken) is { } obstacle)
        {
            await session.QuitAsync(cancellationToken);
            Settle(new RecipientOutcome.Failed(obstacle));
            return (Outcomes(), null);
        }

        if (_outcomes.All(o => o is not null))
        {
            await session.QuitAsync(cancellationToken);
            return (Outcomes(), null);
        }

        SmtpReply mail = await session.CommandAsync($"MAIL FROM:<{attempt.Copy.ReversePath}>{_parameters.OfMail(_utf8)}", cancellationToken);
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
            if (_outcomes[i] is not null) continue;
            string address = OutgoingAddress(recipients[i].Address);
            SmtpReply reply = await session.CommandAsync($"RCPT TO:<{address}>{_parameters.OfRcpt(recipients[i], _utf8)}", cancellationToken);
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
        if (!_parameters.NeedsChunks)
        {
            SmtpReply go = await session.CommandAsync("DATA", cancellationToken);
            if (go.Code != 354)
            {
                Settle(RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.Content, go, Host)));
                return;
            }
        }

        SmtpReply end = await SendAsync(cancellationToken);
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

    /// <summary>Only what DATA cannot carry goes out by BDAT: one chunk, so its length must be known before.</summary>
    private async Task<SmtpReply> SendAsync(CancellationToken cancellationToken)
    {
        long length = _parameters.NeedsChunks ? (await TraitsAsync(cancellationToken)).Length : 0;
        await using Stream message = await attempt.OpenMessage(cancellationToken);
        return _parameters.NeedsChunks
            ? await session.SendChunkAsync(message, length, cancellationToken)
            : await session.SendContentAsync(message, cancellationToken);
    }

    private RecipientOutcome OfContent(SmtpReply end)
    {
        if (end.Code is < 250 or > 259) return RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.Content, end, Host));
        SuccessReport report = _parameters.PassesReports ? SuccessReport.PassedOn : attempt.Channel.Lmtp ? SuccessReport.Delivered : SuccessReport.Relayed;
        return new RecipientOutcome.Delivered($"{Host}: {end}", report);
    }

    /// <returns>why the message cannot be sent to this host, whatever it would say to it; null when it can.</returns>
    private async Task<DeliveryFault?> ObstacleAsync(CancellationToken cancellationToken)
    {
        if (await Utf8ObstacleAsync(cancellationToken) is { } utf8) return utf8;
        if (attempt.Copy.Envelope.Body == BodyType.SevenBit || _parameters.CarriesBody) return null;
        ContentTraits traits = await TraitsAsync(cancellationToken);
        if (traits.IsBinary && attempt.Copy.Envelope.Body == BodyType.BinaryMime)
            return new DeliveryFault(DeliveryPhase.MailFrom, NeedsConversion, $"{Host} does not take binary mail", Host);
        return traits.HasEightBit && !session.Extensions.ContainsKey("8BITMIME")
            ? new DeliveryFault(DeliveryPhase.MailFrom, NeedsConversion, $"{Host} does not take 8-bit mail", Host)
            : null;
    }

    /// <summary>
    /// Nothing is written in other letters for a host that does not take UTF-8 (RFC 6531 §3.2 forbids it): who cannot be named to it fails.
    /// BUGS: fields of body parts are not looked at.
    /// </summary>
    private async Task<DeliveryFault?> Utf8ObstacleAsync(CancellationToken cancellationToken)
    {
        QueuedCopy copy = attempt.Copy;
        DeliveryFault fault = new(DeliveryPhase.MailFrom, NeedsUtf8, $"{Host} does not take internationalised mail", Host);
        bool concernsAll = !Ascii.IsValid(copy.ReversePath) || (copy.Envelope.SmtpUtf8 && await HasUtf8HeaderAsync(cancellationToken));
        _utf8 = _parameters.TakesUtf8 && (concernsAll || copy.Recipients.Any(r => !Ascii.IsValid(r.Address)));
        if (_parameters.TakesUtf8) return null;
        if (concernsAll) return fault;
        for (int i = 0; i < _outcomes.Length; i++)
        {
            if (!Ascii.IsValid(copy.Recipients[i].Address)) _outcomes[i] = new RecipientOutcome.Failed(fault with { Phase = DeliveryPhase.RcptTo });
        }

        return null;
    }

    private async Task<bool> HasUtf8HeaderAsync(CancellationToken cancellationToken)
    {
        await using Stream message = await attempt.OpenMessage(cancellationToken);
        return !Ascii.IsValid((await HeaderFields.ReadAsync(message, cancellationToken)).Block.Span);
    }

    private async Task<ContentTraits> TraitsAsync(CancellationToken cancellationToken)
    {
        await using Stream message = await attempt.OpenMessage(cancellationToken);
        return await ContentTraits.OfAsync(message, cancellationToken);
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
