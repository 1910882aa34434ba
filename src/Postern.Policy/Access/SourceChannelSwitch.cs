using System.Net;
using System.Net.Sockets;
using Postern.Mapping.Text;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Access;

// The source channel says what is known of a client, and with it what the client may do. It is chosen in stages, each of
// which may replace the choice of the one before:
//
//   listener   the service's channel, the initial one
//   address    switchchannel on the initial channel: the client's address, rewritten as the sender _@[address]
//   name       only where the address gave no other channel: the same with the client's confirmed host name
//   TLS        tlsswitchchannel of the channel that is current then
//   AUTH       mailSMTPSubmitChannel of the user, else saslswitchchannel of the current channel
//   MAIL FROM  userswitchchannel on the initial channel: sourceChannel of the sender or its domain; never after a switch
//              by AUTH, and for one transaction only
//
// INVARIANT: whatever fails or cannot be decided leaves the channel unchanged; a failure never grants. noswitchchannel binds
// the switches by what a client is or says of itself (address, name, MAIL FROM); TLS and AUTH are explicit and are not bound.
// Cost: one rewrite for the address, another one for the name, one for MAIL FROM where userswitchchannel is on.

/// <summary>Chooses the source channel of a session (Administration Guide 6.3, ch. 12 "Alternate channels for incoming mail").</summary>
internal sealed class SourceChannelSwitch(ConfigurationSnapshot snapshot, Rewriter rewriter)
{
    /// <summary>Stands where an address needs a local part; it is thrown away with the rewritten address.</summary>
    private static readonly LocalPart Placeholder = new("_", WasQuoted: false);

    private readonly ChannelAttributes _attributes = new(snapshot);

    public SourceChannel AtConnect(ClientConnection connection, Inquiry inquiry)
    {
        SourceChannel source = Initial(connection);
        if (connection.Client is not { } client || snapshot.Channels.FindByName(source.Initial) is not { Switch: SwitchUse.Switch } origin) return source;
        if (connection.IsProxy) return Unchanged(source, $"{client} is a proxy, whose address switches nothing");

        if (connection.IsSuspect) return Unchanged(source, $"{client} greets with many unrelated names, so strangers stand behind it, and it switches nothing");

        source = Rewritten(source, Literal(client), SourceChannelReason.Address, $"client address {client}", inquiry, out bool undecided);
        if (undecided || source.Kind != SourceChannelReason.Listener || !origin.HostNameSwitch || connection.Name is not { } name) return source;
        return name.Confirmed
            ? Rewritten(source, name.Domain, SourceChannelReason.HostName, $"client name {name}", inquiry, out _)
            : Unchanged(source, $"client name {name} switches nothing");
    }

    public SourceChannel AfterTls(SourceChannel source) => snapshot.Channels.FindByName(source.Current) is { TlsSwitchChannel: { } target } current
        ? Switched(source, target, SourceChannelReason.Tls, "TLS", current.Position)
        : source;

    public SourceChannel AfterAuthentication(SourceChannel source, string user, Inquiry inquiry)
    {
        if (_attributes.SubmitChannel(user, inquiry, out bool undecided) is { Target: var own, At: var at } && snapshot.Channels.FindByName(own) is { Smtp: true })
            return Switched(source, own, SourceChannelReason.Authentication, $"mailSMTPSubmitChannel of {user}", at);
        if (undecided) return Unchanged(source, $"mailSMTPSubmitChannel of {user} cannot be told now");
        return snapshot.Channels.FindByName(source.Current) is { SaslSwitchChannel: { } target } current
            ? Switched(source, target, SourceChannelReason.Authentication, $"authentication as {user}", current.Position)
            : source;
    }

    /// <summary>The channel of the transaction that MAIL FROM begins.</summary>
    public SourceChannel AtSender(SessionFacts facts, ReversePath sender, Inquiry inquiry)
    {
        SourceChannel source = facts.Source;
        if (source.Kind is SourceChannelReason.Authentication or SourceChannelReason.Requeued || sender.Mailbox is not { } mailbox) return source;
        if (snapshot.Channels.FindByName(source.Initial) is not { UserSwitchChannel: true, Switch: not SwitchUse.No }) return source;

        RewriteResult result = rewriter.Rewrite(mailbox, new RewriteContext(source.Current, Envelope: true, Forward: false), inquiry);
        source = source with { Path = new Explanation([.. source.Path.Steps, .. result.Steps]) };
        if (result is not RewriteResult.Success { Address: { Route.IsEmpty: true, Domain: { } domain } address }) return source;
        if (_attributes.SourceChannel(address with { Domain = domain }, inquiry) is not var (target, owner, at) || target == source.Current) return source;
        string because = $"sourceChannel of {owner}";
        return snapshot.Channels.FindByName(target) switch
        {
            not { Smtp: true, Switch: not SwitchUse.No } => Unchanged(source, $"{because} names {target}, which takes no switched sessions", at),
            { SaslServer: SaslUse.Must } when facts.AuthenticatedUser is null => Unchanged(source, $"{because} names {target}, which demands authentication", at),
            { TlsServer: TlsUse.Must } when facts.Tls is null => Unchanged(source, $"{because} names {target}, which demands TLS", at),
            _ => Switched(source, target, SourceChannelReason.Sender, because, at),
        };
    }

    /// <summary>The channel of the connection's listener.</summary>
    public ChannelName InitialOf(ClientConnection connection) => Initial(connection).Initial;

    private SourceChannel Initial(ClientConnection connection)
    {
        foreach (ListenerDefinition listener in snapshot.Listeners)
        {
            if (listener.Service.Equals(connection.Service, StringComparison.OrdinalIgnoreCase))
                return SourceChannel.OfListener(listener.Channel, $"channel of service {connection.Service}", listener.Position);
        }

        // A reload can take a service away while one of its sessions is open; that session keeps the least trusted channel.
        return SourceChannel.OfListener(new ChannelName("tcp_local"), $"service {connection.Service} is gone");
    }

    /// <summary>The channel that the client's address or name leads to as a sender's domain.</summary>
    /// <param name="undecided">it may lead somewhere another time; that is not to be read as leading nowhere.</param>
    private SourceChannel Rewritten(SourceChannel source, MailDomain client, SourceChannelReason kind, string because, Inquiry inquiry, out bool undecided)
    {
        RewriteResult result = rewriter.Rewrite(new Mailbox(Placeholder, client), new RewriteContext(source.Initial, Envelope: true, Forward: false), inquiry);
        source = source with { Path = new Explanation([.. source.Path.Steps, .. result.Steps]) };
        undecided = result is RewriteResult.Failure { IsTransient: true };
        return result switch
        {
            RewriteResult.Failure { IsTransient: true } failure => Unchanged(source, $"{because} cannot be decided now: {failure.Text}"),
            RewriteResult.Success { Channel: var target } when target.Name != source.Initial => target is { Smtp: true, Switch: not SwitchUse.No }
                ? Switched(source, target.Name, kind, because, at: null)
                : Unchanged(source, $"{because} leads to {target.Name}, which takes no switched sessions"),
            _ => source,
        };
    }

    private static SourceChannel Switched(SourceChannel source, ChannelName target, SourceChannelReason kind, string because, SourcePosition? at)
    {
        string reason = $"{because} switched {source.Current} to {target}";
        return source with { Current = target, Kind = kind, Reason = reason, Path = source.Path.Add(new ExplanationStep.Source(target.ToString(), reason, at)) };
    }

    private static SourceChannel Unchanged(SourceChannel source, string because, SourcePosition? at = null) => source with
    {
        Reason = $"{source.Reason}; {because}",
        Path = source.Path.Add(new ExplanationStep.Source(source.Current.ToString(), because, at)),
    };

    private static MailDomain Literal(IPAddress client)
    {
        string text = client.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{WithoutZone(client)}]" : $"[{client}]";
        return AddressParser.Parse($"_@{text}", smtpUtf8: false) is AddressParse.Parsed { Mailbox.Domain: { } domain }
            ? domain
            : throw new InvalidOperationException($"{text} is no address literal");
    }

    private static IPAddress WithoutZone(IPAddress client) => client.ScopeId == 0 ? client : new IPAddress(client.GetAddressBytes());
}
