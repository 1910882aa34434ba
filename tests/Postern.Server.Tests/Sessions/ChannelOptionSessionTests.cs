using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;

namespace Postern.Server.Tests.Sessions;

/// <summary><c>mailfromdnsverify</c>, <c>slave_debug</c>, <c>logging</c>, <c>authrewrite</c>, <c>loopcheck</c> and <c>saslmechanisms</c> in a session.</summary>
public sealed class ChannelOptionSessionTests
{
    [Theory]
    [InlineData("s@mx.test", "250 2.1.0 sender ok")]
    [InlineData("s@host.test", "250 2.1.0 sender ok")]
    [InlineData("s@[198.51.100.7]", "250 2.1.0 sender ok")]
    [InlineData("", "250 2.1.0 sender ok")]
    [InlineData("s", "250 2.1.0 sender ok")]
    [InlineData("s@none.test", "550 5.1.8 invalid/host-not-in-DNS return address not allowed: s@none.test")]
    [InlineData("s@parked.test", "550 5.1.8 invalid/host-not-in-DNS return address not allowed: s@parked.test")]
    [InlineData("s@two.test", "250 2.1.0 sender ok")]
    [InlineData("s@null.test", "550 5.7.27 sender address has null MX: s@null.test")]
    [InlineData("s@trouble.test", "450 4.1.8 cannot look up the return address now: s@trouble.test")]
    [InlineData("s@half.test", "450 4.1.8 cannot look up the return address now: s@half.test")]
    public async Task Sender_domain_must_be_in_DNS(string sender, string reply)
    {
        ScriptedDns dns = new ScriptedDns().Mx("mx.test", "10 mail.mx.test").Host("host.test", "198.51.100.1").Mx("null.test", "0 .")
            .Mx("trouble.test", "?").Host("half.test", "?").Host("parked.test", "203.0.113.66").Host("two.test", "203.0.113.66", "198.51.100.2");
        ConfigurationSnapshot snapshot = Site.Snapshot(
            ("postern.cnf", text => Site.WithOptions(text, "tcp_local", "mailfromdnsverify")), ("option.dat", text => text + "\nREPLY_ID=0\nBLOCKED_MAIL_FROM_IPS=203.0.113.66 2001:db8::66\n"));
        await using ServerBench bench = new(snapshot, dns: dns);
        Connection client = await bench.GreetAsync();
        Assert.Equal(reply, await client.SayAsync($"MAIL FROM:<{sender}>"));
        Assert.StartsWith(reply[0] == '2' ? "250" : "503", await client.SayAsync("RCPT TO:<bob@example.com>"));
    }

    [Fact]
    public async Task Sender_domain_is_not_looked_up_without_the_option()
    {
        await using ServerBench bench = new(dns: new ScriptedDns());
        Connection client = await bench.GreetAsync();
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<s@none.test>"));
    }

    [Theory]
    [InlineData("slave_debug", true)]
    [InlineData("slave_debug noslave_debug", false)]
    public async Task Slave_debug_logs_the_dialogue_without_content_and_passwords(string option, bool logged)
    {
        await using ServerBench bench = new(With("tcp_local", option));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("AUTH PLAIN c2VjcmV0AHdvcmRz");
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("DATA");
        await client.SendAsync("Subject: private\r\n\r\nletter\r\n.\r\n");
        await client.ReplyAsync();
        foreach (string line in (string[])["C: EHLO client.test", "C: AUTH PLAIN ...", "C: MAIL FROM:<s@ext.example>", "S: 250 2.1.0 sender ok"])
            Assert.Equal(logged, bench.Log.Lines.Any(l => l.EndsWith($": {line}", StringComparison.Ordinal)));
        Assert.DoesNotContain(bench.Log.Lines, l => l.Contains("c2VjcmV0", StringComparison.Ordinal) || l.Contains("private", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("logging", true)]
    [InlineData("nologging", false)]
    public async Task Mail_for_a_channel_without_logging_leaves_no_record(string option, bool logged)
    {
        await using ServerBench bench = new(With("ims-ms", option));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("DATA");
        await client.SendAsync("Subject: x\r\n\r\n.\r\n");
        await client.ReplyAsync();
        Assert.Equal(logged, bench.Log.Lines.Any(l => l.Contains("queued", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Loop_token_is_advertised_where_the_channel_checks_for_loops()
    {
        await using ServerBench bench = new(With("tcp_intranet", "noloopcheck"));
        Connection outside = bench.Connect(), inside = bench.Connect(ServerBench.Insider);
        await outside.ReplyAsync();
        await inside.ReplyAsync();
        Assert.Contains($"XLOOP {LoopToken.Of("mail.example.com")}", await outside.SayAsync("EHLO client.test"));
        Assert.DoesNotContain("XLOOP", await inside.SayAsync("EHLO client.test"));
    }

    [Theory]
    [InlineData("saslmechanisms login", "LOGIN")]
    [InlineData("saslmechanisms \"scram-sha-256 plain login\"", "SCRAM-SHA-256 PLAIN LOGIN")]
    [InlineData("saslmechanisms scram-sha-256", "SCRAM-SHA-256")]
    [InlineData("saslmechanisms cram-md5", null)]
    [InlineData("", "SCRAM-SHA-256 PLAIN LOGIN")]
    public void Terms_offer_the_mechanisms_of_the_channel(string option, string? mechanisms)
    {
        MailPolicy policy = new(With("tcp_local", option));
        ChannelName channel = new("tcp_local");
        Postern.Smtp.Session.SessionTerms terms = policy.Terms(new SourceChannel(channel, channel, SourceChannelReason.Listener, ""), "TLS1.3", null, true);
        Assert.Equal(mechanisms, terms.AuthOffered ? terms.Mechanisms : null);
    }

    /// <summary>A directory has no verifiers, and a client that sees SCRAM would not try PLAIN.</summary>
    [Theory]
    [InlineData("", "PLAIN LOGIN")]
    [InlineData("saslmechanisms \"scram-sha-256 plain\"", "SCRAM-SHA-256 PLAIN")]
    public void With_an_LDAP_directory_scram_is_offered_only_where_it_is_named(string option, string mechanisms)
    {
        MailPolicy policy = new(Site.Snapshot(
            ("postern.cnf", t => Site.WithOptions(t, "tcp_local", option)), ("option.dat", t => $"{t}LDAP_HOST=127.0.0.1\nLDAP_USER_ROOT=o=users\n")));
        ChannelName channel = new("tcp_local");
        Assert.Equal(mechanisms, policy.Terms(new SourceChannel(channel, channel, SourceChannelReason.Listener, ""), "TLS1.3", null, true).Mechanisms);
    }

    [Theory]
    [InlineData("authrewrite 1", "From: boss@example.com|Sender: bob@example.com|Subject: x")]
    [InlineData("authrewrite 2", "From: bob@example.com|Subject: x")]
    [InlineData("authrewrite 0", "From: boss@example.com|Sender: forged@example.com|Subject: x")]
    public async Task Authenticated_sender_gets_into_the_header(string option, string header)
    {
        string body = string.Concat(Enumerable.Repeat("0123456789\r\n", 5000));
        string content = $"From: boss@example.com\r\nSender: forged@example.com\r\nSubject: x\r\n\r\n{body}";
        Assert.Equal($"{header.Replace("|", "\r\n", StringComparison.Ordinal)}\r\n\r\n{body}", await SubmitAsync(option, content, "bob@example.com"));
    }

    [Theory]
    [InlineData("From: boss@example.com\r\n", "bob@example.com", "From: boss@example.com\r\nSender: bob@example.com\r\n")]
    [InlineData("\r\nbody\r\n", "bob@example.com", "Sender: bob@example.com\r\n\r\nbody\r\n")]
    [InlineData("From: boss@example.com\r\n\r\n", null, "From: boss@example.com\r\n\r\n")]
    public async Task Odd_messages_and_anonymous_ones_are_kept_whole(string content, string? user, string stored) =>
        Assert.Equal(stored, await SubmitAsync("authrewrite 1", content, user));

    private static ConfigurationSnapshot With(string channel, string options) => Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, channel, options)));

    /// <summary>What the queue keeps of a message that comes in on tcp_auth, in packets of 700 octets.</summary>
    private static async Task<string> SubmitAsync(string option, string content, string? user)
    {
        MailPolicy policy = new(With("tcp_auth", option));
        ChannelName channel = new("tcp_auth");
        SessionFacts facts = new(
            new ClientConnection(System.Net.IPAddress.Parse(ServerBench.Insider), 40000, System.Net.IPAddress.Loopback, 25, "smtp"),
            new SourceChannel(channel, channel, SourceChannelReason.Authentication, ""), "client.test", Extended: true, AuthenticatedUser: user);
        ReversePath path = new(((AddressParse.Parsed)AddressParser.Parse("s@ext.example", false)).Mailbox, "s@ext.example");
        AcceptedSender sender = new(path, MailParameters.None, policy.Sender(facts, path), DateTimeOffset.UnixEpoch);
        ForwardPath to = new(((AddressParse.Parsed)AddressParser.Parse("bob@example.com", false)).Mailbox, "bob@example.com");
        await using MemoryQueueStore queue = new(TimeProvider.System);
        Submission submission = new(queue, TimeProvider.System, policy, facts, sender, [new AcceptedRecipient(to, policy.Recipient(facts, path, to))]);
        Connection connection = new();
        Task sending = Task.Run(async () =>
        {
            foreach (char[] packet in (content + ".\r\n").Chunk(700)) await connection.SendAsync(new string(packet));
        });
        SubmissionResult result = await submission.ReceiveAsync(connection.Input, 1_000_000, TestContext.Current.CancellationToken);
        await sending;
        Assert.Equal(250, result.Reply!.Code);
        await using Stream stored = await queue.OpenContentAsync(result.Id!.Value, TestContext.Current.CancellationToken);
        using StreamReader reader = new(stored);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
