using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Dns;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>What the options of a destination channel do to an SMTP delivery.</summary>
public sealed class SmtpClientOptionTests
{
    private const string Password = "open sesame 7";

    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();
    private static readonly string PlainResponse = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0relay\0{Password}"));

    private readonly KeptLog _log = new();

    [Fact]
    public async Task Connections_start_at_the_interface_address()
    {
        await using SmtpSink sink = new();
        Assert.Equal(["delivered"], await DeliverAsync(c => c with { InterfaceAddress = IPAddress.Parse("127.0.0.77") }, sink.Target));
        Assert.Equal(IPAddress.Parse("127.0.0.77"), Assert.Single(sink.Clients));
    }

    [Fact]
    public async Task Interface_address_of_the_other_family_cannot_connect()
    {
        await using SmtpSink sink = new();
        Assert.Equal(["deferred 4.4.1"], await DeliverAsync(c => c with { InterfaceAddress = IPAddress.IPv6Loopback }, sink.Target));
        Assert.Equal(0, sink.Connections);
    }

    [Fact]
    public async Task Local_host_alias_is_our_name_there()
    {
        await using SmtpSink sink = new();
        await DeliverAsync(c => c with { LocalHostAlias = "out.example.com" }, sink.Target);
        Assert.Equal("EHLO out.example.com", sink.Commands[0]);
    }

    [Fact]
    public async Task Last_resort_takes_what_no_host_could_be_connected_for()
    {
        await using SmtpSink sink = new();
        Assert.Equal(["delivered"], await DeliverAsync(c => c with { LastResort = "hub.test" }, Dead(), lastResort: sink.Target));
        Assert.Single(sink.Messages);
    }

    [Fact]
    public async Task Last_resort_that_cannot_be_reached_either_leaves_the_first_reason()
    {
        Assert.Equal(["deferred 4.4.1"], await DeliverAsync(c => c with { LastResort = "hub.test" }, Dead(), lastResort: Dead()));
    }

    [Theory]
    [InlineData("GREETING", "554 no mail here", "failed 5.0.0")]
    [InlineData("GREETING", "421 busy", "deferred 4.4.2")]
    [InlineData("RCPT", "550 5.1.1 unknown", "failed 5.1.1")]
    public async Task Last_resort_is_not_for_hosts_that_answer(string command, string reply, string outcome)
    {
        await using SmtpSink sink = new((command, [reply]));
        await using SmtpSink hub = new();
        Assert.Equal([outcome], await DeliverAsync(c => c with { LastResort = "hub.test" }, sink.Target, lastResort: hub.Target));
        Assert.Equal(0, hub.Connections);
    }

    [Theory]
    [InlineData(true, "failed 5.4.6")]
    [InlineData(false, "delivered")]
    public async Task Host_with_our_loop_token_is_ourselves(bool loopCheck, string outcome)
    {
        await using SmtpSink sink = new(("EHLO", [$"250-sink.test\r\n250 XLOOP {LoopToken.Of("mail.example.com")}"]));
        Assert.Equal([outcome], await DeliverAsync(c => c with { LoopCheck = loopCheck }, sink.Target));
        Assert.Equal(loopCheck ? 0 : 1, sink.Messages.Count);
    }

    [Fact]
    public async Task Loop_token_of_another_host_is_no_loop()
    {
        await using SmtpSink sink = new(("EHLO", [$"250-sink.test\r\n250 XLOOP {LoopToken.Of("other.example.com")}"]));
        Assert.Equal(["delivered"], await DeliverAsync(c => c with { LoopCheck = true }, sink.Target));
    }

    [Theory]
    [InlineData("PLAIN LOGIN", "AUTH PLAIN")]
    [InlineData("LOGIN CRAM-MD5", "AUTH LOGIN")]
    public async Task Client_authenticates_inside_TLS(string offered, string command)
    {
        await using SmtpSink sink = Secure(offered, "235 2.7.0 ok");
        Assert.Equal(["delivered"], await DeliverAsync(WithPassword(SaslUse.Must), sink.Target));
        Assert.StartsWith(command, sink.Commands.Single(c => c.StartsWith("AUTH", StringComparison.Ordinal)));
        if (command == "AUTH PLAIN") Assert.Contains($"AUTH PLAIN {PlainResponse}", sink.Commands);
        else Assert.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes(Password)), sink.Commands);
    }

    [Fact]
    public async Task Channel_says_which_mechanisms_are_used()
    {
        await using SmtpSink sink = Secure("PLAIN LOGIN", "235 2.7.0 ok");
        await DeliverAsync(c => WithPassword(SaslUse.Must)(c) with { SaslMechanisms = ["LOGIN"] }, sink.Target);
        Assert.Contains("AUTH LOGIN", sink.Commands);
    }

    [Theory]
    [InlineData(SaslUse.Must, "deferred 4.7.0")]
    [InlineData(SaslUse.May, "delivered")]
    public async Task Refused_authentication_counts_where_it_is_a_must(SaslUse use, string outcome)
    {
        await using SmtpSink sink = Secure("PLAIN", "535 5.7.8 wrong");
        Assert.Equal([outcome], await DeliverAsync(WithPassword(use), sink.Target));
    }

    [Theory]
    [InlineData(SaslUse.Must, "deferred 4.7.0")]
    [InlineData(SaslUse.May, "delivered")]
    public async Task Password_never_goes_out_in_the_clear(SaslUse use, string outcome)
    {
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250 AUTH PLAIN LOGIN"]));
        Assert.Equal([outcome], await DeliverAsync(WithPassword(use), sink.Target));
        Assert.DoesNotContain(sink.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task External_identity_needs_no_password()
    {
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250 AUTH EXTERNAL"]), ("AUTH", ["235 ok"]));
        Assert.Equal(["delivered"], await DeliverAsync(c => c with { SaslClient = SaslUse.Must, ExternalIdentity = "mta" }, sink.Target));
        Assert.Contains($"AUTH EXTERNAL {Convert.ToBase64String("mta"u8)}", sink.Commands);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Master_debug_logs_the_dialogue_without_the_password(bool debug)
    {
        await using SmtpSink sink = Secure("PLAIN", "235 2.7.0 ok");
        await DeliverAsync(c => WithPassword(SaslUse.Must)(c) with { MasterDebug = debug }, sink.Target);
        Assert.Equal(debug, _log.Lines.Any(l => l.EndsWith("sink.test: > RCPT TO:<a@x.test>", StringComparison.Ordinal)));
        Assert.Equal(debug, _log.Lines.Any(l => l.EndsWith("sink.test: < 235 2.7.0 ok", StringComparison.Ordinal)));
        Assert.DoesNotContain(_log.Lines, l => l.Contains(PlainResponse, StringComparison.Ordinal) || l.Contains(Password, StringComparison.Ordinal));
    }

    private static Func<ChannelDefinition, ChannelDefinition> WithPassword(SaslUse use) =>
        c => c with { TlsClient = TlsUse.May, SaslClient = use, AuthUserName = "relay", AuthPassword = Password };

    private static SmtpSink Secure(string mechanisms, string answer) => new(
        ("EHLO", ["250-sink.test\r\n250 STARTTLS", $"250-sink.test\r\n250 AUTH {mechanisms}"]),
        ("STARTTLS", [$"220 go{SmtpSink.Tls}"]),
        ("AUTH", [mechanisms.StartsWith("LOGIN", StringComparison.Ordinal) ? "334 VXNlcm5hbWU6" : answer]),
        (Convert.ToBase64String("relay"u8), ["334 UGFzc3dvcmQ6"]),
        (Convert.ToBase64String(Encoding.UTF8.GetBytes(Password)), [answer]));

    /// <summary>A port that nobody listens on.</summary>
    private static NextHopTarget Dead()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return new NextHopTarget("dead.test", IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
    }

    private async Task<string[]> DeliverAsync(Func<ChannelDefinition, ChannelDefinition> change, NextHopTarget target, NextHopTarget? lastResort = null)
    {
        ChannelDefinition channel = change(Snapshot.Channels.FindByName(new ChannelName("tcp_local"))! with { TlsClient = TlsUse.No, LoopCheck = false });
        ImmutableArray<RecipientOutcome> outcomes = await new SmtpDelivery(new Routes(target, lastResort), TimeProvider.System, _log)
            .DeliverAsync(Attempts.For(Snapshot, channel, ["a@x.test"]), TestContext.Current.CancellationToken);
        return Attempts.Words(outcomes);
    }

    private sealed class Routes(NextHopTarget target, NextHopTarget? lastResort) : INextHopResolver
    {
        public Task<NextHopRoute> ResolveAsync(string host, int port, bool useMx, bool allowOwnAddresses, CancellationToken cancellationToken)
        {
            Assert.Equal(host == "hub.test", allowOwnAddresses);
            return Task.FromResult<NextHopRoute>(new NextHopRoute.Found([host == "hub.test" ? lastResort! : target]));
        }
    }
}
