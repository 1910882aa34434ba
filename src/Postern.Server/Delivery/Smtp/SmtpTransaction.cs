using System.Collections.Immutable;
using System.Text;
using Postern.Queue;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>
/// One mail transaction with a next hop: what it says, or fails to say, for each recipient. With PIPELINING (RFC 2920) its
/// commands go out together, and each reply counts for the command it answers.
/// </summary>
/// <remarks>
/// INVARIANT: an answer once given for a recipient stands, whatever happens to the connection afterwards; recipients
/// without one are deferred. Before MAIL is accepted a lost connection is the host's fault and the next host may be
/// tried; afterwards it is not, since behind the final dot it may hide a delivery. A host that says nothing, or nothing that is a reply,
/// before it gets the content is at fault as a host: its other mail waits.
/// A transaction that the host's LIMITS cut short (RFC 9422) leaves the rest of the recipients untried: its own results must be on the
/// disk before the next one begins.
/// </remarks>
internal sealed class SmtpTransaction(SmtpClientSession session, DeliveryAttempt attempt)
{
    private static readonly EnhancedCode Taken = new(2, 0, 0);
    private static readonly EnhancedCode NeedsUtf8 = new(5, 6, 7);
    private static readonly EnhancedCode NeedsConversion = new(5, 6, 3);
    private static readonly EnhancedCode TooLarge = new(5, 3, 4);
    private static readonly EnhancedCode ConnectionLost = new(4, 4, 2);
    private static readonly EnhancedCode CannotRead = new(4, 3, 0);

    private readonly RecipientOutcome?[] _outcomes = new RecipientOutcome?[attempt.Copy.Recipients.Length];
    private readonly EnvelopeParameters _parameters = new(attempt.Copy, session.Extensions);

    /// <summary>The recipients that are named to the host, in the order of their commands.</summary>
    private ImmutableArray<int> _named = [];

    /// <summary>UTF-8 is in what is sent to the host.</summary>
    private bool _utf8;

    /// <summary>What MAIL was answered, and DATA; null as long as they were not.</summary>
    private SmtpReply? _mail, _data;

    private string Host => session.Target.Name;

    private bool IsAccepted => _mail?.Code == 250;

    private bool HasRecipients => IsAccepted && Array.Exists(_outcomes, o => o is null);

    /// <returns>no outcomes, and why, when this host refuses MAIL for now.</returns>
    /// <exception cref="SmtpPeerException">the connection was lost before MAIL was answered.</exception>
    public async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> RunAsync(CancellationToken cancellationToken)
    {
        if (await ObstacleAsync(cancellationToken) is { } obstacle)
        {
            Settle(new RecipientOutcome.Failed(obstacle));
            return (Outcomes(), null);
        }

        ImmutableArray<int> open = [.. Enumerable.Range(0, _outcomes.Length).Where(i => _outcomes[i] is null)];
        _named = session.Limits.Fitting(open, i => EnvelopeCommands.OutgoingAddress(attempt, attempt.Copy.Recipients[i].Address));
        if (_named.IsEmpty) return (Outcomes(), null);
        foreach (int i in open.Except(_named)) _outcomes[i] = new RecipientOutcome.Untried();
        DeliveryPhase phase = DeliveryPhase.RcptTo;
        try
        {
            await EnvelopeAsync(cancellationToken);
            if (!IsAccepted)
            {
                DeliveryFault fault = ReplyClassification.Fault(DeliveryPhase.MailFrom, _mail!, Host);
                if (!fault.IsPermanent) return (null, fault);
                Settle(RecipientOutcome.Of(fault));
                return (Outcomes(), null);
            }

            phase = DeliveryPhase.Content;
            if (HasRecipients) await ContentAsync(cancellationToken);
        }
        catch (SmtpPeerException e) when (_mail is { Code: 250 or >= 500 })
        {
            string text = session.IsContentSent ? $"{e.Message}; the message may have been taken" : e.Message;
            Settle(_mail.Code == 250
                ? RecipientOutcome.Of(
                    new DeliveryFault(phase, e.IsMalformed ? DeliveryFault.Malformed : ConnectionLost, text, Host),
                    hostFault: phase == DeliveryPhase.RcptTo && (e.IsMalformed || e.IsTimeout))
                : RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.MailFrom, _mail, Host)));
        }
        catch (QueueReadException e)
        {
            // The connection is dropped without the final dot, so the peer drops the half message.
            session.Abandon();
            Settle(RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Store, CannotRead, e.Message)));
        }

        return (Outcomes(), null);
    }

    /// <summary>MAIL, the recipients and DATA, as far as there is a point in them.</summary>
    private async Task EnvelopeAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<string> lines = EnvelopeCommands.Of(attempt, _parameters, _named, _utf8);
        session.Transactions++;
        bool together = session.Extensions.ContainsKey("PIPELINING");
        for (int i = 0; i < lines.Length && session.IsOpen && (i == 0 || HasRecipients);)
        {
            int start = i;
            ImmutableArray<string> group = EnvelopeCommands.Group(lines, start, together);
            await session.GroupAsync(group, (n, reply) => Answered(start + n, reply), cancellationToken);
            i += group.Length;
        }

        // Told to send what nobody is to get: an empty content keeps both sides in step.
        if (_data?.Code != 354 || HasRecipients) return;
        await session.EndEmptyAsync(cancellationToken);
        session.IsInTransaction = false;
    }

    /// <param name="number">of the command: 0 is MAIL, the recipients follow, then DATA.</param>
    private void Answered(int number, SmtpReply reply)
    {
        if (number == 0)
        {
            _mail = reply;
            session.IsInTransaction = reply.Code == 250;
        }
        else if (number > _named.Length)
        {
            _data = reply;
        }
        else if (IsAccepted)
        {
            if (reply.Code is >= 250 and <= 259) return;
            DeliveryFault fault = ReplyClassification.Fault(DeliveryPhase.RcptTo, reply, Host, attempt.Channel.PermanentErrorTexts);
            _outcomes[_named[number - 1]] = RecipientOutcome.Of(fault);

            // The peer closes: nobody it has not refused yet was delivered to.
            if (reply.Code == 421) Settle(RecipientOutcome.Of(fault));
        }
    }

    private async Task ContentAsync(CancellationToken cancellationToken)
    {
        if (!_parameters.NeedsChunks && _data!.Code != 354)
        {
            Settle(RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.Content, _data, Host)));
            return;
        }

        SmtpReply end = await SendAsync(cancellationToken);
        session.IsInTransaction = false;
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
        string words = ReplyText.Of(end);
        return new RecipientOutcome.Delivered($"{Host}: {words}", report) { Remote = new LastReply(end.Enhanced is { Class: 2 } status ? status : Taken, Host, words) };
    }

    /// <returns>why the message cannot be sent to this host, whatever it would say to it; null when it can.</returns>
    private async Task<DeliveryFault?> ObstacleAsync(CancellationToken cancellationToken)
    {
        if (await IsTooLargeAsync(cancellationToken))
            return new DeliveryFault(DeliveryPhase.MailFrom, TooLarge, $"{Host} takes messages of up to {_parameters.LargestSize} octets", Host);
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

    private async Task<bool> IsTooLargeAsync(CancellationToken cancellationToken) =>
        _parameters.LargestSize is { } most && _parameters.AnnouncedSize > most && (await TraitsAsync(cancellationToken)).Length > most;

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
}
