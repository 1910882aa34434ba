using System.Net;
using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>A loaded configuration and sessions with it, as a client on the network would have them.</summary>
internal sealed class Site
{
    public Site(ISourceFiles files)
    {
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        Assert.True(loaded.Snapshot is not null, string.Join('\n', loaded.Diagnostics));
        Policy = new MailPolicy(loaded.Snapshot);
        Diagnostics = [.. loaded.Diagnostics];
    }

    public MailPolicy Policy { get; }

    public IReadOnlyList<Diagnostic> Diagnostics { get; }

    /// <summary>The session of a client that said EHLO, and, with a user, also STARTTLS and AUTH.</summary>
    public SessionFacts Session(string client, string service = "smtp", bool tls = false, string? user = null)
    {
        IPAddress address = IPAddress.Parse(client);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        ClientConnection connection = new(address, 40000, IPAddress.Parse("192.0.2.25"), 25, service);
        SessionFacts facts = new(connection, Policy.SourceAtConnect(connection), "client.ext.example", Extended: true);
        if (tls || user is not null)
        {
            facts = facts with { Tls = "TLS1.3:TLS_AES_256_GCM_SHA384" };
            facts = facts with { Source = Policy.SourceAfterTls(facts) };
        }

        return user is null ? facts : facts with { Source = Policy.SourceAfterAuthentication(facts, user), AuthenticatedUser = user };
    }

    /// <summary>MAIL, then RCPT; null when the recipient is no address, which the dialogue answers with 501.</summary>
    public Decision? Recipient(SessionFacts facts, string from, string to, bool alreadyChecked = false)
    {
        ReversePath sender = Sender(from);
        Decision mail = Policy.Sender(facts, sender);
        Assert.True(mail.Verdict == Verdict.Accept, $"MAIL FROM:<{from}>: {mail.Reply}");
        if (mail.SenderReplacement is { } replacement) sender = Sender(replacement);
        return AddressParser.Parse(to, smtpUtf8: false) is AddressParse.Parsed { Mailbox: var mailbox }
            ? Policy.Recipient(facts, sender, new ForwardPath(mailbox, to), alreadyChecked)
            : null;
    }

    public static ReversePath Sender(string from)
    {
        if (from.Length == 0 || from == "<>") return ReversePath.Null;
        AddressParse.Parsed parsed = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(from, smtpUtf8: false));
        return new ReversePath(parsed.Mailbox, from);
    }
}
