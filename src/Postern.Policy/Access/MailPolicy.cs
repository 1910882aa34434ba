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
public sealed class MailPolicy
{
    /// <summary>RFC 5321 §4.5.3.1.8 asks for at least 100.</summary>
    private const int DefaultRecipientLimit = 1000;

    private readonly SourceChannelSwitch _switch;
    private readonly ConnectionCheck _connection;
    private readonly SenderCheck _sender;
    private readonly RecipientCheck _recipient;

    /// <param name="random">0 &lt;= x &lt; 1, for entries that apply with a probability (<c>$?x?</c>); the only thing a decision depends on beside its arguments.</param>
    public MailPolicy(ConfigurationSnapshot snapshot, Func<double>? random = null)
    {
        Snapshot = snapshot;
        random ??= Random.Shared.NextDouble;
        Rewriter = new Rewriter(snapshot, random);
        AccessTables tables = new(snapshot, random);
        _switch = new SourceChannelSwitch(snapshot, Rewriter);
        _connection = new ConnectionCheck(tables);
        _sender = new SenderCheck(snapshot, Rewriter, tables);
        _recipient = new RecipientCheck(snapshot, Rewriter, tables);
    }

    public ConfigurationSnapshot Snapshot { get; }

    public Rewriter Rewriter { get; }

    /// <summary>Whether the connection is admitted (PORT_ACCESS); a refusal's reply takes the place of the greeting.</summary>
    public Decision Connect(ClientConnection connection) => _connection.Decide(connection);

    public SourceChannel SourceAtConnect(ClientConnection connection) => _switch.AtConnect(connection);

    /// <summary>The source channel after a TLS handshake (<c>tlsswitchchannel</c>).</summary>
    public SourceChannel SourceAfterTls(SessionFacts facts) => _switch.AfterTls(facts.Source);

    /// <summary>The source channel after a successful AUTH (<c>saslswitchchannel</c>).</summary>
    public SourceChannel SourceAfterAuthentication(SessionFacts facts, string user) => _switch.AfterAuthentication(facts.Source, user);

    /// <summary>Decides about MAIL FROM.</summary>
    public Decision Sender(SessionFacts facts, ReversePath sender) => _sender.Decide(facts, sender);

    /// <summary>Decides about RCPT TO, and says what the recipient becomes.</summary>
    /// <param name="sender">as it stands after <see cref="Sender"/>: completed, or replaced by FROM_ACCESS.</param>
    /// <param name="alreadyChecked">the ORIG_ tables were asked when a client named this recipient; it comes back from the queue.</param>
    /// <param name="size">octets the client announced, or null.</param>
    public Decision Recipient(SessionFacts facts, ReversePath sender, ForwardPath recipient, bool alreadyChecked = false, long? size = null)
    {
        Decision decision = _recipient.Decide(facts, sender, recipient, alreadyChecked);
        return size is { } octets && decision.Verdict is Verdict.Accept or Verdict.Hold && !decision.Recipients.IsDefaultOrEmpty
            && decision.Recipients.All(r => Snapshot.Channels.FindByName(r.Channel)?.Takes(octets) == false)
                ? decision with
                {
                    Verdict = Verdict.Reject,
                    Reply = AccessReplies.TooLarge,
                    Explanation = decision.Explanation.Add(new ExplanationStep.Note($"{octets} octets were announced, more than the blocklimit of channel {decision.Recipients[0].Channel}")),
                    Recipients = [],
                }
                : decision;
    }

    /// <summary>What the source channel demands of the client and offers it.</summary>
    /// <param name="tls">description of the TLS session, or null in the clear.</param>
    /// <param name="user">the authenticated user, or null.</param>
    /// <param name="hasCertificate">TLS can be offered at all.</param>
    public SessionTerms Terms(SourceChannel source, string? tls, string? user, bool hasCertificate)
    {
        ChannelDefinition local = Snapshot.Channels.Local;
        ChannelDefinition? current = Snapshot.Channels.FindByName(source.Current);
        if (current is null) return new SessionTerms(local.OfficialHost, MaximumMessageSize: Snapshot.Options.MessageSizeLimit);
        long size = current.SourceBlockLimit is { } blocks ? Math.Min(blocks * 1024, Snapshot.Options.MessageSizeLimit) : Snapshot.Options.MessageSizeLimit;
        return new SessionTerms(
            current.LocalHostAlias ?? local.OfficialHost,
            TlsOffered: hasCertificate && current.TlsServer != TlsUse.No && tls is null,
            TlsRequired: current.TlsServer == TlsUse.Must,
            AuthOffered: current.SaslServer != SaslUse.No && user is null && OffersMechanism(current),
            AuthRequired: current.SaslServer == SaslUse.Must,
            MaximumMessageSize: size,
            MaximumRecipients: current.RecipientLimit ?? DefaultRecipientLimit,
            BadCommandLimit: current.DisconnectBadCommandLimit,
            BadAuthenticationLimit: current.DisconnectBadAuthLimit,
            RecipientCutoff: current.RecipientCutoff,
            TransactionLimit: current.TransactionLimit,
            DisconnectTransactionLimit: current.DisconnectTransactionLimit,
            DisconnectRecipientLimit: current.DisconnectRecipientLimit,
            DisconnectRejectLimit: current.DisconnectRejectLimit,
            Mechanisms: Mechanisms(current),
            LoopToken: current.LoopCheck ? LoopToken.Of(local.OfficialHost) : null,
            VerifiesAddresses: current.Verify == VerifyUse.Allow);
    }

    /// <summary>Answers VRFY on a channel with <c>vrfyallow</c>: what RCPT would say of that address to a notification.</summary>
    /// <param name="address">as the client wrote it.</param>
    public SmtpReply Verify(SessionFacts facts, string address)
    {
        string text = address is ['<', .. var inner, '>'] ? inner : address;
        if (AddressParser.Parse(text, smtpUtf8: false) is not AddressParse.Parsed { Mailbox: var mailbox }) return AccessReplies.NotVerifiable;
        Decision decision = Recipient(facts, ReversePath.Null, new ForwardPath(mailbox, text));
        return decision.Verdict is Verdict.Reject or Verdict.Defer ? decision.Reply : AccessReplies.Verified(mailbox);
    }

    /// <summary>Whether a client can authenticate there: AUTH is not offered where our mechanisms and the channel's have none in common.</summary>
    internal static bool OffersMechanism(ChannelDefinition channel) => Mechanisms(channel).Length > 0;

    private static string Mechanisms(ChannelDefinition channel) => channel.SaslMechanisms.IsEmpty
        ? SessionTerms.AllMechanisms
        : string.Join(' ', SessionTerms.AllMechanisms.Split(' ').Where(m => channel.SaslMechanisms.Contains(m)));
}
