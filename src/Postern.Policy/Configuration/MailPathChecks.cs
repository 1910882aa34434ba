using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Configuration;

/// <summary>Asks the policy of a loaded configuration the two questions that matter most: does postmaster get mail, and may a stranger relay.</summary>
internal static class MailPathChecks
{
    // Documentation addresses and names (RFC 5737, RFC 6761): nobody's.
    private static readonly IPAddress Stranger = IPAddress.Parse("203.0.113.9");
    private const string StrangeSender = "stranger@outside.invalid";
    private const string AnyTls = "TLS1.3:TLS_AES_256_GCM_SHA384";
    private const string Elsewhere = "somebody@elsewhere.invalid";
    private const int MostCallouts = 100;

    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        MailPolicy policy = new(snapshot, static () => 0);
        foreach (ListenerDefinition listener in snapshot.Listeners)
        {
            SessionFacts facts = Facts(policy, listener);
            if (LetsRelay(policy, facts))
            {
                diagnostics.Add(Diagnostic.Warning(listener.Position, $"service \"{listener.Service}\" lets a stranger relay: nothing refuses mail from {Stranger} to \"{Elsewhere}\""));
                continue;
            }

            CheckTlsSwitch(policy, facts, diagnostics);
        }

        CheckAuthenticationSwitches(policy, diagnostics);
        CheckSenders(policy, diagnostics);
        CheckProxies(policy, diagnostics);

        // Whether a directory has a postmaster, only the directory knows.
        if (snapshot.Listeners.IsEmpty || snapshot.Options.Directory.IsConfigured) return;
        SessionFacts first = Facts(policy, snapshot.Listeners[0]);
        foreach (string domain in LocalDomains(snapshot)) CheckPostmaster(policy, first, domain, diagnostics);
    }

    /// <summary>Anybody may ask for TLS, so a switch by it gives nobody's mail a better name.</summary>
    private static void CheckTlsSwitch(MailPolicy policy, SessionFacts clear, ICollection<Diagnostic> diagnostics)
    {
        SessionFacts facts = clear with { Tls = AnyTls };
        facts = facts with { Source = policy.SourceAfterTls(facts) };
        if (facts.Source.Current == clear.Source.Current || !LetsRelay(policy, facts)) return;
        ChannelDefinition origin = policy.Snapshot.Channels.FindByName(clear.Source.Current)!;
        diagnostics.Add(Diagnostic.Warning(
            origin.Position, $"\"tlsswitchchannel\" of channel \"{origin.Name}\" leads to \"{facts.Source.Current}\", where any client with TLS may relay"));
    }

    /// <summary>A switch by authentication to where strangers are, which wins nothing that the tables refuse to strangers.</summary>
    private static void CheckAuthenticationSwitches(MailPolicy policy, ICollection<Diagnostic> diagnostics)
    {
        ChannelTable channels = policy.Snapshot.Channels;
        SessionFacts[] open = [.. policy.Snapshot.Listeners.Select(l => Facts(policy, l)).Where(f => channels.FindByName(f.Source.Current) is { SaslServer: not SaslUse.Must })];
        foreach (ChannelDefinition channel in channels.All)
        {
            if (channel.SaslSwitchChannel is not { } target || Array.Find(open, f => f.Source.Current == target) is not { } strangers) continue;
            SessionFacts user = strangers with { Tls = AnyTls, AuthenticatedUser = StrangeSender };
            if (LetsRelay(policy, strangers) || LetsRelay(policy, user)) continue;
            diagnostics.Add(Diagnostic.Warning(
                channel.Position, $"\"saslswitchchannel\" of channel \"{channel.Name}\" leads to \"{target}\", where strangers are too: users may not relay there either"));
        }
    }

    /// <summary>Anybody can write anybody's address into MAIL FROM; where <c>userswitchchannel</c> believes it, the channel must not open the relay.</summary>
    private static void CheckSenders(MailPolicy policy, ICollection<Diagnostic> diagnostics)
    {
        UserDirectory users = policy.Snapshot.Users;
        IEnumerable<(SourcePosition At, string Sender)> senders =
        [
            .. users.Entries.Where(u => u.SourceChannel is not null).Select(u => (u.Position, u.Address)),
            .. users.DomainEntries.Where(d => d.SourceChannel is not null).Select(d => (d.Position, $"anybody{d.Domain}")),
        ];
        foreach ((SourcePosition at, string sender) in senders)
        {
            if (MailboxOf(sender) is not { } from) continue;
            foreach (ListenerDefinition listener in policy.Snapshot.Listeners)
            {
                SessionFacts facts = Facts(policy, listener);
                SessionFacts claimed = facts with { Source = policy.SourceAtSender(facts, new ReversePath(from, sender)) };
                if (claimed.Source.Kind != SourceChannelReason.Sender || !LetsRelay(policy, claimed)) continue;
                diagnostics.Add(Diagnostic.Warning(at, $"whoever claims to be \"{Printable.Of(sender)}\" may relay by service \"{listener.Service}\": {claimed.Source.Reason}"));
                break;
            }
        }
    }

    /// <summary>A proxy that is an internal host: where a service takes its connections without a header, all its clients are internal.</summary>
    private static void CheckProxies(MailPolicy policy, ICollection<Diagnostic> diagnostics)
    {
        ImmutableArray<ListenerDefinition> listeners = policy.Snapshot.Listeners;
        foreach (ListenerDefinition listener in listeners)
        {
            foreach (IPNetwork proxy in listeners.SelectMany(l => l.Proxies).Distinct())
            {
                IPAddress address = proxy.BaseAddress;
                if (listener.IsProxy(address) || policy.SourceAtConnect(Connection(address, listener)).Kind != SourceChannelReason.Address) continue;
                diagnostics.Add(Diagnostic.Warning(
                    listener.Position, $"the proxy {address} is internal to service \"{listener.Service}\", which has no PROXY_PROTOCOL for it: whoever it forwards there is internal too"));
            }
        }
    }

    /// <summary>Whether a session without authentication may send from elsewhere to elsewhere.</summary>
    private static bool LetsRelay(MailPolicy policy, SessionFacts facts) =>
        policy.Snapshot.Channels.FindByName(facts.Source.Current)?.SaslServer != SaslUse.Must
        && Ask(policy, facts, Elsewhere) is not { Verdict: Verdict.Reject or Verdict.Defer };

    /// <summary>A warning only: a site that copies its files in should come up, and its mail to others flow.</summary>
    private static void CheckPostmaster(MailPolicy policy, SessionFacts facts, string domain, ICollection<Diagnostic> diagnostics)
    {
        string address = $"postmaster@{domain}";
        SourcePosition at = policy.Snapshot.Channels.Local.Position;
        if (Ask(policy, facts, address) is not { Verdict: Verdict.Reject } refusal) return;
        diagnostics.Add(refusal.Explanation.Deciding is { } table
            ? Diagnostic.Warning(table.Entry?.Position ?? at, $"{table.Table} refuses mail to \"{address}\" (RFC 5321 4.5.1)")
            : Diagnostic.Warning(at, $"\"{address}\" must reach somebody (RFC 5321 4.5.1); add an alias or a user"));
    }

    /// <summary>Our own name, the domains that a rule leads to the local channel, and those of users.</summary>
    private static IEnumerable<string> LocalDomains(ConfigurationSnapshot snapshot) => snapshot.Rules.All
        .Where(r => r.Template.LiteralTag is { } tag && snapshot.Channels.FindByHost(tag)?.Name == ChannelName.Local)
        .Where(r => r.Pattern[0] is not ('.' or '[' or '$') && !r.Pattern.Contains('|', StringComparison.Ordinal))
        .Select(r => ChannelTable.KeyOf(r.Pattern))
        .Concat(snapshot.Users.Domains)
        .Prepend(ChannelTable.KeyOf(snapshot.Channels.Local.OfficialHost))
        .OfType<string>()
        .Distinct(StringComparer.Ordinal);

    private static SessionFacts Facts(MailPolicy policy, ListenerDefinition listener)
    {
        ClientConnection connection = Connection(Stranger, listener);
        return new SessionFacts(connection, policy.SourceAtConnect(connection), "client.invalid", Extended: true);
    }

    private static ClientConnection Connection(IPAddress client, ListenerDefinition listener) =>
        new(client, 49152, IPAddress.Loopback, listener.Ports.Concat(listener.TlsPorts).First(), listener.Service);

    /// <summary>Each callout is taken to say no, as one about a client of good repute does. Null: the addresses are no addresses.</summary>
    private static Decision? Ask(MailPolicy policy, SessionFacts facts, string recipient)
    {
        if (MailboxOf(recipient) is not { } to || MailboxOf(StrangeSender) is not { } from) return null;
        CalloutAnswers answers = CalloutAnswers.Empty;
        for (int asked = 0; ; asked++)
        {
            Decision decision = policy.Recipient(facts, new ReversePath(from, StrangeSender), new ForwardPath(to, recipient), answers: answers);
            if (decision.Pending is not { } pending || asked == MostCallouts) return decision;
            answers = answers.With(pending, new CalloutAnswer.Failure());
        }
    }

    private static Mailbox? MailboxOf(string address) =>
        AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox : null;
}
