using System.Net;
using Postern.Mapping.Evaluation;
using Postern.Policy.Aliases;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Policy.Access;

/// <summary>
/// The policy engine of one configuration: every face of the product (server, <c>explain</c>, <c>test</c>, console, tests)
/// asks this one object. Pure and immutable: the same question to the same snapshot has the same answer.
/// </summary>
/// <remarks>
/// A table may need an answer from outside (a DNS list, a throttle, a directory). The result then says which, as <c>Pending</c>, and counts
/// as "cannot tell"; the caller gets the answer and asks again, with all answers so far. Who cannot get one has its result.
/// </remarks>
public sealed class MailPolicy
{
    /// <summary>RFC 5321 §4.5.3.1.8 asks for at least 100.</summary>
    private const int DefaultRecipientLimit = 1000;

    private readonly Func<double> _random;
    private readonly SourceChannelSwitch _switch;
    private readonly ConnectionCheck _connection;
    private readonly AuthenticationCheck _authentication;
    private readonly SenderCheck _sender;
    private readonly RecipientCheck _recipient;
    private readonly AddressCheck _address;
    private readonly DequeueCheck _dequeue;
    private readonly AccessTables _tables;

    /// <param name="random">0 &lt;= x &lt; 1, for entries that apply with a probability (<c>$?x?</c>); the only thing a decision depends on beside its arguments.</param>
    public MailPolicy(ConfigurationSnapshot snapshot, Func<double>? random = null)
    {
        Snapshot = snapshot;
        _random = random ?? Random.Shared.NextDouble;
        Rewriter = new Rewriter(snapshot, _random);
        AccessTables tables = new(snapshot);
        _tables = tables;
        _switch = new SourceChannelSwitch(snapshot, Rewriter);
        _connection = new ConnectionCheck(tables);
        _authentication = new AuthenticationCheck(snapshot, tables);
        _sender = new SenderCheck(snapshot, Rewriter, tables);
        Reversal = new AddressReversal(snapshot, tables, _random);
        Headers = new HeaderRewriter(Rewriter, Reversal.IsIdle ? null : Reversed);
        _recipient = new RecipientCheck(snapshot, Rewriter, tables, Reversal);
        _address = new AddressCheck(snapshot, tables);
        _dequeue = new DequeueCheck(snapshot, tables);
    }

    public ConfigurationSnapshot Snapshot { get; }

    public Rewriter Rewriter { get; }

    public HeaderRewriter Headers { get; }

    /// <summary>Internal addresses to public ones; the envelope From of <see cref="Recipient"/> and the header of <see cref="Headers"/> have been through it.</summary>
    public AddressReversal Reversal { get; }

    /// <summary>Whether the connection is admitted (PORT_ACCESS); a refusal's reply takes the place of the greeting.</summary>
    public Decision Connect(ClientConnection connection, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        bool knowsAuthentication = Snapshot.Channels.FindByName(_switch.InitialOf(connection)) is { SaslServer: not SaslUse.No };
        return With(inquiry, _connection.Decide(connection, knowsAuthentication, inquiry));
    }

    /// <summary>The source channel by listener, client address and, where the connection has one, confirmed client name (<c>switchchannel</c>).</summary>
    public SourceChannel SourceAtConnect(ClientConnection connection, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        return With(inquiry, _switch.AtConnect(connection, inquiry));
    }

    /// <summary>The source channel after a TLS handshake (<c>tlsswitchchannel</c>).</summary>
    public SourceChannel SourceAfterTls(SessionFacts facts) => _switch.AfterTls(facts.Source);

    /// <summary>The source channel after a successful AUTH (<c>mailSMTPSubmitChannel</c> of the user, else <c>saslswitchchannel</c>).</summary>
    public SourceChannel SourceAfterAuthentication(SessionFacts facts, string user, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        return With(inquiry, _switch.AfterAuthentication(facts.Source, user, inquiry));
    }

    /// <summary>The source channel of the transaction that MAIL FROM begins (<c>userswitchchannel</c>); the session's own comes back after it.</summary>
    public SourceChannel SourceAtSender(SessionFacts facts, ReversePath sender, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        return With(inquiry, _switch.AtSender(facts, sender, inquiry));
    }

    /// <summary>The client's host name may still choose the channel, so it must be known before the greeting.</summary>
    public bool NameMaySwitch(ClientConnection connection, SourceChannel atConnect) =>
        atConnect.Kind == SourceChannelReason.Listener
        && connection is { Client: not null, Name: null, IsProxy: false, IsSuspect: false }
        && Snapshot.Channels.FindByName(atConnect.Initial) is { Switch: SwitchUse.Switch, HostNameSwitch: true };

    /// <summary>A Received: field of this channel's mail shows the client's host name.</summary>
    public bool ShowsName(SourceChannel source) =>
        Snapshot.Channels.FindByName(source.Current) is { ClientDisplay: not ClientDisplay.Address };

    /// <summary>Whether the client may try to authenticate (AUTH_ACCESS); the password plays no part.</summary>
    /// <param name="mechanism">upper case.</param>
    /// <param name="user">as the client wrote it.</param>
    public Decision Authentication(SessionFacts facts, string mechanism, string user, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        return With(inquiry, _authentication.Decide(facts, mechanism, user, inquiry));
    }

    /// <summary>Decides about MAIL FROM.</summary>
    public Decision Sender(SessionFacts facts, ReversePath sender, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        return With(inquiry, _sender.Decide(facts, sender, inquiry));
    }

    /// <summary>Decides about RCPT TO, and says what the recipient becomes.</summary>
    /// <param name="sender">as it stands after <see cref="Sender"/>: completed, or replaced by FROM_ACCESS.</param>
    /// <param name="alreadyChecked">the ORIG_ tables were asked when a client named this recipient; it comes back from the queue.</param>
    /// <param name="terms">null for a client that gave no parameters.</param>
    public Decision Recipient(
        SessionFacts facts, ReversePath sender, ForwardPath recipient, bool alreadyChecked = false, EnvelopeTerms? terms = null, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        terms ??= EnvelopeTerms.None;
        Decision decision = With(inquiry, _recipient.Decide(facts, sender, recipient, alreadyChecked, terms, inquiry));
        return Fitting(decision, terms.Size);
    }

    /// <summary>What aliases, lists and FORWARD make of a recipient that has been rewritten; the access tables are not asked.</summary>
    /// <param name="from">the sender; "" is the null reverse-path.</param>
    public Decision Expand(SessionFacts facts, string from, RewriteResult.Success named, RewriteContext context, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        return With(inquiry, _recipient.Expand(facts, from, named, context, inquiry));
    }

    /// <summary>Whether mail may be sent to an address, or to which other one (IP_ACCESS).</summary>
    /// <param name="channel">the one that delivers.</param>
    /// <param name="number">of the address among the <paramref name="count"/> of the host, from 1.</param>
    public AddressAnswer OutgoingAddress(ChannelName channel, int number, int count, IPAddress address, string host, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        return _address.Decide(channel, number, count, address, host, inquiry) with { Pending = inquiry.Pending };
    }

    /// <summary>Whether the delivery of a queued copy may begin now (DEQUEUE_ACCESS).</summary>
    public DequeueAnswer Dequeue(DequeuedCopy copy, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        return _dequeue.Decide(copy, inquiry) with { Pending = inquiry.Pending };
    }

    /// <summary>Whether a table chooses the languages of notifications.</summary>
    public bool ChoosesLanguage => _tables.Exists(AccessTables.NotificationLanguage);

    /// <summary>The language of a notification (NOTIFICATION_LANGUAGE; Administration Guide 6.3, "Customizing and localizing notification messages").</summary>
    /// <param name="type">failed, bounced, timedout, delayed, delivered, forwarded or expanded; several with commas.</param>
    /// <param name="preferred">what the message says its sender reads; "" when it does not say.</param>
    /// <param name="reader">whom the notification is for.</param>
    /// <param name="recipient">the first that is told of.</param>
    public NotificationLanguageAnswer NotificationLanguage(
        string type, string sourceChannel, string preferred, string reader, string recipient, CalloutAnswers? answers = null)
    {
        Inquiry inquiry = Begin(answers);
        ProbeField field = new(Snapshot.Options.MappingParanoia);
        string probe = $"{type}|{sourceChannel}|{field.Of(preferred)}|{field.Of(reader)}|{field.Of(recipient)}";
        TableAnswer? asked = _tables.Ask(AccessTables.NotificationLanguage, probe, default, inquiry);
        bool isChosen = asked is { Fault: null } && asked.Output.Flags.Has('I');
        return new NotificationLanguageAnswer(isChosen ? asked!.Output.Text.Trim() : "") { Pending = inquiry.Pending };
    }

    /// <summary>What the source channel demands of the client and offers it.</summary>
    /// <param name="tls">description of the TLS session, or null in the clear.</param>
    /// <param name="user">the authenticated user, or null.</param>
    /// <param name="hasCertificate">TLS can be offered at all.</param>
    /// <param name="means">what the client can authenticate by, beside a password.</param>
    public SessionTerms Terms(SourceChannel source, string? tls, string? user, bool hasCertificate, SaslMeans means = default)
    {
        ChannelDefinition local = Snapshot.Channels.Local;
        ChannelDefinition? current = Snapshot.Channels.FindByName(source.Current);
        if (current is null) return new SessionTerms(local.OfficialHost, MaximumMessageSize: Snapshot.Options.MessageSizeLimit);
        long size = current.SourceBlockLimit is { } blocks ? Math.Min(blocks * 1024, Snapshot.Options.MessageSizeLimit) : Snapshot.Options.MessageSizeLimit;
        string mechanisms = string.Join(' ', SaslOffer.Of(current, Snapshot.Options, means));
        return new SessionTerms(
            current.LocalHostAlias ?? local.OfficialHost,
            TlsOffered: hasCertificate && current.TlsServer != TlsUse.No && tls is null,
            TlsRequired: current.TlsServer == TlsUse.Must,
            AuthOffered: current.SaslServer != SaslUse.No && user is null && mechanisms.Length > 0,
            AuthRequired: current.SaslServer == SaslUse.Must,
            MaximumMessageSize: size,
            MaximumRecipients: current.RecipientLimit ?? DefaultRecipientLimit,
            BadCommandLimit: current.DisconnectBadCommandLimit,
            BadAuthenticationLimit: current.DisconnectBadAuthLimit,
            ErrorDelay: Snapshot.Options.ErrorDelay,
            RecipientCutoff: current.RecipientCutoff,
            TransactionLimit: current.TransactionLimit,
            DisconnectTransactionLimit: current.DisconnectTransactionLimit,
            DisconnectRecipientLimit: current.DisconnectRecipientLimit,
            DisconnectRejectLimit: current.DisconnectRejectLimit,
            Mechanisms: mechanisms,
            LoopToken: current.LoopCheck ? LoopToken.Of(local.OfficialHost) : null,
            VerifiesAddresses: current.Verify == VerifyUse.Allow);
    }

    /// <summary>Answers VRFY on a channel with <c>vrfyallow</c>: what RCPT would say of that address to a notification.</summary>
    /// <param name="address">as the client wrote it.</param>
    /// <param name="smtpUtf8">it may hold UTF-8.</param>
    public Decision Verify(SessionFacts facts, string address, bool smtpUtf8 = false, CalloutAnswers? answers = null)
    {
        string text = address is ['<', .. var inner, '>'] ? inner : address;
        if (AddressParser.Parse(text, smtpUtf8) is not AddressParse.Parsed { Mailbox: var mailbox })
            return new Decision(Verdict.Reject, AccessReplies.NotVerifiable, Explanation.Empty);
        Decision decision = Recipient(facts, ReversePath.Null, new ForwardPath(mailbox, text), answers: answers);
        return decision.Verdict is Verdict.Reject or Verdict.Defer ? decision : decision with { Reply = AccessReplies.Verified(mailbox) };
    }

    /// <summary>What is too large for every channel it would leave by is refused; where one takes it, the queue tells of the others.</summary>
    private Decision Fitting(Decision decision, long? size)
    {
        if (size is not { } octets || decision.Verdict is not (Verdict.Accept or Verdict.Hold) || decision.Recipients.IsDefaultOrEmpty) return decision;
        if (decision.Recipients.Any(r => Snapshot.Channels.FindByName(r.Channel)?.Takes(octets) != false)) return decision;
        string note = $"{octets} octets, more than the blocklimit of channel {decision.Recipients[0].Channel}";
        return decision with
        {
            Verdict = Verdict.Reject,
            Reply = AccessReplies.TooLarge,
            Explanation = decision.Explanation.Add(new ExplanationStep.Note(note)),
            Recipients = [],
        };
    }

    /// <summary>An address of a header as REVERSE shows it; unchanged where the table cannot answer now.</summary>
    private Mailbox Reversed(Mailbox address, RewriteContext context) => context.DestinationChannel is { } destination
        ? Reversal.Reverse(address, new AddressPlace(Envelope: false, context.Forward, MessageId: false), context.SourceChannel, destination).Address ?? address
        : address;

    private Inquiry Begin(CalloutAnswers? answers) => new(answers ?? CalloutAnswers.Empty, _random);

    private static SourceChannel With(Inquiry inquiry, SourceChannel source) => source.Pending == inquiry.Pending ? source : source with { Pending = inquiry.Pending };

    private static Decision With(Inquiry inquiry, Decision decision)
    {
        if (inquiry.Pending is not { } pending) return decision;

        // A table tells of what it needs with its probe; a search has no probe.
        return pending.Kind == CalloutKind.Directory
            ? decision with { Pending = pending, Explanation = decision.Explanation.Add(ExplanationStep.Callout.Of(pending, null)) }
            : decision with { Pending = pending };
    }
}
