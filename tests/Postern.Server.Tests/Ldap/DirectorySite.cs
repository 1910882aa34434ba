using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;
using Postern.Server.Ldap;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Addresses;

namespace Postern.Server.Tests.Ldap;

/// <summary>The policy of a site with an LDAP directory, and what it takes to answer its questions.</summary>
internal sealed class DirectorySite : IAsyncDisposable
{
    private readonly CalloutLoop _loop;

    public DirectorySite(ConfigurationSnapshot snapshot)
    {
        Policy = new MailPolicy(snapshot);
        Directory = new DirectoryService(() => Policy.Snapshot, Time, new OutputLogger());
        _loop = new CalloutLoop(Directory, Time);
    }

    public FakeTime Time { get; } = new();

    public MailPolicy Policy { get; }

    public DirectoryService Directory { get; }

    /// <summary>The site, with its directory on a port of this machine.</summary>
    /// <param name="options">further lines of option.dat.</param>
    public static ConfigurationSnapshot Snapshot(int port, string options = "", string aliases = "", Func<string, string>? mappings = null, Func<string, string>? channels = null) => Site.Snapshot(
        ("option.dat", text => $"{text}LDAP_HOST=localhost\nLDAP_PORT={port}\nLDAP_USER_ROOT=o=isp\n{options}\n"),
        ("users", _ => "carl@example.com *\n"),
        ("postern.cnf", text => channels?.Invoke(text) ?? text),
        ("mappings", text => mappings?.Invoke(text) ?? text),
        ("aliases", text => $"{text}{aliases}\n"));

    public async Task<Decision> RecipientAsync(string recipient, string from = "s@x.test", string? user = null, long? size = null)
    {
        ClientConnection client = new(IPAddress.Parse("203.0.113.9"), 40000, IPAddress.Parse("192.0.2.25"), 25, "smtp");
        SessionFacts facts = new(client, Policy.SourceAtConnect(client), "client.test", Extended: true);
        if (user is not null) facts = facts with { Tls = "TLS1.3", Source = await AuthenticatedSourceAsync(facts, user), AuthenticatedUser = user };
        ReversePath sender = from.Length == 0 ? ReversePath.Null : new ReversePath(MailboxOf(from), from);
        return await _loop.DecideAsync(
            answers => Policy.Recipient(facts, sender, new ForwardPath(MailboxOf(recipient), recipient), terms: new EnvelopeTerms(size), answers: answers),
            TestContext.Current.CancellationToken);
    }

    public async Task<SourceChannel> AuthenticatedSourceAsync(SessionFacts facts, string user) => await _loop.AskAsync(
        answers => Policy.SourceAfterAuthentication(facts, user, answers), static source => source.Pending, TestContext.Current.CancellationToken);

    public async Task<SourceChannel> SenderSourceAsync(SessionFacts facts, string sender) => await _loop.AskAsync(
        answers => Policy.SourceAtSender(facts, new ReversePath(MailboxOf(sender), sender), answers), static source => source.Pending, TestContext.Current.CancellationToken);

    /// <summary>The reply of a refusal, or the first place the mail goes to.</summary>
    public async Task<string> OutcomeAsync(string recipient)
    {
        Decision decision = await RecipientAsync(recipient);
        return decision.Verdict is Verdict.Reject or Verdict.Defer ? decision.Reply.ToString() : $"{decision.Recipients[0].Channel}: {decision.Recipients[0].Address}";
    }

    public async ValueTask DisposeAsync() => await Directory.DisposeAsync();

    private static Mailbox MailboxOf(string address) =>
        AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox : throw new ArgumentException(address, nameof(address));
}
