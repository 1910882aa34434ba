using System.Net;
using System.Net.Sockets;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Access;

/// <summary>
/// Chooses the source channel of a session (Administration Guide 6.3, ch. 12 "Alternate channels for incoming mail").
/// In order, the latest applicable switch wins: listener, client address, TLS, AUTH. MAIL FROM plays no part here.
/// </summary>
/// <remarks>
/// INVARIANT: whatever fails or cannot be decided leaves the channel unchanged; a failure never grants.
/// An explicit switch (TLS, AUTH) is not bound by <c>noswitchchannel</c>; a switch by address is.
/// </remarks>
internal sealed class SourceChannelSwitch(ConfigurationSnapshot snapshot, Rewriter rewriter)
{
    /// <summary>Stands where an address needs a local part; it is thrown away with the rewritten address.</summary>
    private static readonly LocalPart Placeholder = new("_", WasQuoted: false);

    public SourceChannel AtConnect(ClientConnection connection, Inquiry inquiry)
    {
        ChannelName initial = InitialChannel(connection);
        SourceChannel listener = new(initial, initial, SourceChannelReason.Listener, $"channel of service {connection.Service}");
        if (connection.Client is not { } client || snapshot.Channels.FindByName(initial) is not { Switch: SwitchUse.Switch } origin) return listener;

        RewriteContext context = new(initial, Envelope: true, Forward: false);
        RewriteResult result = rewriter.Rewrite(new Mailbox(Placeholder, Literal(client)), context, inquiry);
        Explanation path = new(result.Steps);
        if (result is not RewriteResult.Success found) return listener with { Path = path };
        ChannelDefinition target = found.Channel;
        if (target.Name == origin.Name) return listener with { Path = path };
        return target.Smtp && target.Switch != SwitchUse.No
            ? new SourceChannel(initial, target.Name, SourceChannelReason.Address, $"client address {client} switched {initial} to {target.Name}", path)
            : listener with { Reason = $"{listener.Reason}; {target.Name} takes no switched sessions", Path = path };
    }

    public SourceChannel AfterTls(SourceChannel source)
    {
        if (snapshot.Channels.FindByName(source.Current)?.TlsSwitchChannel is not { } target) return source;
        return source with { Current = target, Kind = SourceChannelReason.Tls, Reason = $"TLS switched {source.Current} to {target}" };
    }

    public SourceChannel AfterAuthentication(SourceChannel source, string user)
    {
        if (snapshot.Channels.FindByName(source.Current)?.SaslSwitchChannel is not { } target) return source;
        return source with { Current = target, Kind = SourceChannelReason.Authentication, Reason = $"authentication as {user} switched {source.Current} to {target}" };
    }

    private ChannelName InitialChannel(ClientConnection connection)
    {
        foreach (ListenerDefinition listener in snapshot.Listeners)
        {
            if (listener.Service.Equals(connection.Service, StringComparison.OrdinalIgnoreCase)) return listener.Channel;
        }

        // A reload can take a service away while one of its sessions is open; that session keeps the least trusted channel.
        return new ChannelName("tcp_local");
    }

    private static MailDomain Literal(IPAddress client)
    {
        string text = client.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{WithoutZone(client)}]" : $"[{client}]";
        return AddressParser.Parse($"_@{text}", smtpUtf8: false) is AddressParse.Parsed { Mailbox.Domain: { } domain }
            ? domain
            : throw new InvalidOperationException($"{text} is no address literal");
    }

    private static IPAddress WithoutZone(IPAddress client) => client.ScopeId == 0 ? client : new IPAddress(client.GetAddressBytes());
}
