using System.Net;
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
    private const string Elsewhere = "somebody@elsewhere.invalid";

    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        MailPolicy policy = new(snapshot, static () => 0);
        foreach (ListenerDefinition listener in snapshot.Listeners)
        {
            SessionFacts facts = Facts(policy, listener);
            if (snapshot.Channels.FindByName(facts.Source.Current)?.SaslServer == SaslUse.Must) continue;
            if (Refused(policy, facts, Elsewhere)) continue;
            diagnostics.Add(Diagnostic.Warning(listener.Position, $"service \"{listener.Service}\" lets a stranger relay: nothing refuses mail from {Stranger} to \"{Elsewhere}\""));
        }

        if (snapshot.Listeners.IsEmpty) return;
        SessionFacts first = Facts(policy, snapshot.Listeners[0]);
        string host = snapshot.Channels.Local.OfficialHost;
        if (Refused(policy, first, $"postmaster@{host}"))
            diagnostics.Add(Diagnostic.Error(snapshot.Channels.Local.Position, $"\"postmaster@{host}\" must reach somebody (RFC 5321 4.5.1); add an alias or a user"));
        foreach (string domain in LocalDomains(snapshot).Where(d => d != ChannelTable.KeyOf(host)))
        {
            if (Refused(policy, first, $"postmaster@{domain}"))
                diagnostics.Add(Diagnostic.Warning(snapshot.Channels.Local.Position, $"\"postmaster@{domain}\" reaches nobody; add an alias or a user"));
        }
    }

    /// <summary>The domains of users, and those that a rule leads to the local channel.</summary>
    private static IEnumerable<string> LocalDomains(ConfigurationSnapshot snapshot) => snapshot.Rules.All
        .Where(r => r.Template.LiteralTag is { } tag && snapshot.Channels.FindByHost(tag)?.Name == ChannelName.Local)
        .Where(r => r.Pattern[0] is not ('.' or '[' or '$') && !r.Pattern.Contains('|', StringComparison.Ordinal))
        .Select(r => ChannelTable.KeyOf(r.Pattern))
        .OfType<string>()
        .Concat(snapshot.Users.Domains)
        .Distinct(StringComparer.Ordinal);

    private static SessionFacts Facts(MailPolicy policy, ListenerDefinition listener)
    {
        ClientConnection connection = new(Stranger, 49152, IPAddress.Loopback, listener.Ports.Concat(listener.TlsPorts).First(), listener.Service);
        return new SessionFacts(connection, policy.SourceAtConnect(connection), "client.invalid", Extended: true);
    }

    /// <summary>What cannot be decided now is not refused.</summary>
    private static bool Refused(MailPolicy policy, SessionFacts facts, string recipient)
    {
        if (MailboxOf(recipient) is not { } to || MailboxOf(StrangeSender) is not { } from) return false;
        return policy.Recipient(facts, new ReversePath(from, StrangeSender), new ForwardPath(to, recipient)).Verdict == Verdict.Reject;
    }

    private static Mailbox? MailboxOf(string address) =>
        AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox : null;
}
