using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Dns;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>What each answer, or its absence, in each phase means for the recipients.</summary>
public sealed class SmtpDeliveryTests
{
    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();
    private static readonly string[] Two = ["a@x.test", "b@x.test"];

    [Fact]
    public async Task Message_goes_out_with_its_dots_doubled()
    {
        await using SmtpSink sink = new();
        Assert.Equal(["delivered", "delivered"], Attempts.Words(await DeliverAsync([sink.Target], Two)));
        Assert.Equal(["EHLO mail.example.com", "MAIL FROM:<s@ext.example> SIZE=30", "RCPT TO:<a@x.test>", "RCPT TO:<b@x.test>", "DATA", "QUIT"], sink.Commands);
        Assert.Equal("Subject: hello\r\n\r\n..dot\r\nbody", Assert.Single(sink.Messages));
    }

    [Fact]
    public async Task Recipients_have_their_own_answers()
    {
        await using SmtpSink sink = new(("RCPT", ["250 ok", "550 5.1.1 no such user", "450 4.2.0 later", "250 ok"]));
        Assert.Equal(
            ["delivered", "failed 5.1.1", "deferred 4.2.0", "delivered"],
            Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test", "b@x.test", "c@x.test", "d@x.test"])));
    }

    [Fact]
    public async Task Refusal_of_one_recipient_outlives_the_connection()
    {
        await using SmtpSink sink = new(("RCPT", ["550 5.1.1 no such user", "250 ok"]), ("DOT", [SmtpSink.Close]));
        Assert.Equal(["failed 5.1.1", "deferred 4.4.2"], Attempts.Words(await DeliverAsync([sink.Target], Two)));
    }

    [Fact]
    public async Task Host_lost_behind_the_dot_is_not_followed_by_another()
    {
        await using SmtpSink first = new(("DOT", [SmtpSink.Close])), second = new();
        Assert.Equal(["deferred 4.4.2"], Attempts.Words(await DeliverAsync([first.Target, second.Target], ["a@x.test"])));
        Assert.Equal(0, second.Connections);
    }

    [Theory]
    [InlineData("GREETING", "554 no mail here")]
    [InlineData("GREETING", SmtpSink.Close)]
    [InlineData("EHLO", "421 busy")]
    [InlineData("MAIL", "451 4.3.0 later")]
    public async Task Host_that_does_not_want_to_talk_is_followed_by_the_next(string phase, string answer)
    {
        await using SmtpSink first = new((phase, [answer])), second = new();
        Assert.Equal(["delivered"], Attempts.Words(await DeliverAsync([first.Target, second.Target], ["a@x.test"])));
        Assert.Single(second.Messages);
    }

    [Fact]
    public async Task Host_that_says_no_for_ever_is_outweighed_by_one_that_may_work_later()
    {
        await using SmtpSink first = new(("GREETING", ["554 no mail here"])), second = new(("GREETING", ["421 busy"]));
        Assert.Equal(["deferred 4.4.2"], Attempts.Words(await DeliverAsync([first.Target, second.Target], ["a@x.test"])));
    }

    [Fact]
    public async Task Unreachable_host_is_a_fault_of_the_host()
    {
        NextHopTarget closed;
        await using (SmtpSink sink = new()) closed = sink.Target;
        RecipientOutcome.Deferred outcome = Assert.IsType<RecipientOutcome.Deferred>(Assert.Single(await DeliverAsync([closed], ["a@x.test"])));
        Assert.True(outcome.HostFault);
        Assert.Equal("4.4.1", outcome.Fault.Status.ToString());
    }

    [Fact]
    public async Task Old_peer_is_greeted_with_HELO()
    {
        await using SmtpSink sink = new(("EHLO", ["502 what"]));
        Assert.Equal(["delivered"], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"])));
        Assert.Contains("HELO mail.example.com", sink.Commands);
        Assert.Contains("MAIL FROM:<s@ext.example>", sink.Commands);
    }

    [Fact]
    public async Task Eight_bit_mail_is_not_sent_to_a_host_that_cannot_take_it()
    {
        await using SmtpSink sink = new(("EHLO", ["250 sink.test"]));
        Assert.Equal(["failed 5.6.3"], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"], content: "Subject: x\r\n\r\nä\r\n", body: BodyType.EightBitMime)));
        Assert.Equal(["delivered"], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"], body: BodyType.EightBitMime)));
    }

    [Fact]
    public async Task TLS_is_used_where_offered_and_the_peer_is_greeted_anew()
    {
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250 STARTTLS", "250 sink.test"]), ("STARTTLS", [$"220 go{SmtpSink.Tls}"]));
        Assert.Equal(["delivered"], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"], tls: TlsUse.May)));
        Assert.Equal(["EHLO mail.example.com", "STARTTLS", "EHLO mail.example.com"], sink.Commands.Take(3));
    }

    [Theory]
    [InlineData("sink.test", "sink.test")]
    [InlineData("[127.0.0.1]", "")]
    [InlineData("[IPv6:2001:db8::1]", "")]
    public async Task Name_of_the_mail_host_is_asked_for_and_the_handshake_logged(string name, string asked)
    {
        KeptLog log = new();
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250 STARTTLS", "250 sink.test"]), ("STARTTLS", [$"220 go{SmtpSink.Tls}"]));
        Assert.Equal(["delivered"], Attempts.Words(await new SmtpDelivery(new FixedRoute(sink.Target with { Name = name }), TimeProvider.System, log).DeliverAsync(
            Attempts.For(Snapshot, Channel(TlsUse.May), ["a@x.test"]), TestContext.Current.CancellationToken)));
        Assert.Equal([asked], sink.ServerNames);
        Assert.Matches(@"^\w+ \S+: TLS1\.[23]:TLS_\w+, certificate not verified: RemoteCertificateNameMismatch, RemoteCertificateChainErrors$", Assert.Single(log.Lines).Replace(name, "host", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("552 5.5.3 too many", "", "deferred 4.5.3")]
    [InlineData("552 too many recipients", "", "deferred 4.5.3")]
    [InlineData("552 too many recipients of our own", "of our own", "failed 5.3.4")]
    [InlineData("552 5.2.2 no recipients", "other, NO RECIPIENTS", "failed 5.2.2")]
    [InlineData("552 too many recipients", "other", "deferred 4.5.3")]
    [InlineData("550 too many recipients", "", "failed 5.1.1")]
    public async Task Too_many_recipients_are_tried_again_unless_the_channel_knows_the_words(string answer, string texts, string outcome)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(
            ("postern.cnf", t => Site.WithOptions(t, "tcp_local", "notls")), ("tcp_local_option", _ => texts.Length == 0 ? "" : $"522_PERMANENT_ERROR_STRING={texts}\n"));
        await using SmtpSink sink = new(("RCPT", [answer]));
        Assert.Equal([outcome], Attempts.Words(await new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance).DeliverAsync(
            Attempts.For(snapshot, snapshot.Channels.FindByName(new ChannelName("tcp_local"))!, ["a@x.test"]), TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Failed_handshake_is_followed_by_one_try_in_the_clear()
    {
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250 STARTTLS"]), ("STARTTLS", [$"220 go{SmtpSink.Close}"]));
        Assert.Equal(["delivered"], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"], tls: TlsUse.May)));
        Assert.Equal(2, sink.Connections);
    }

    [Fact]
    public async Task Handshake_that_hangs_is_followed_by_one_try_in_the_clear()
    {
        FakeTime time = new();
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250 STARTTLS"]), ("STARTTLS", [$"220 go{SmtpSink.Mute}"]));
        Task<ImmutableArray<RecipientOutcome>> delivery = new SmtpDelivery(new FixedRoute(sink.Target), time, NullLogger.Instance)
            .DeliverAsync(Attempts.For(Snapshot, Channel(TlsUse.May), ["a@x.test"]), TestContext.Current.CancellationToken);
        await sink.Silent;
        time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal(["delivered"], Attempts.Words(await delivery));
        Assert.Equal(2, sink.Connections);
    }

    /// <summary>In TLS 1.3 the client is done before the host has looked at it.</summary>
    [Theory]
    [InlineData(TlsUse.May, "delivered", 2)]
    [InlineData(TlsUse.Must, "deferred 4.7.4", 1)]
    public async Task Host_lost_right_behind_the_handshake_counts_as_a_failed_handshake(TlsUse use, string outcome, int connections)
    {
        const string Offer = "250-sink.test\r\n250 STARTTLS";
        await using SmtpSink sink = new(("EHLO", [Offer, SmtpSink.Close, Offer]), ("STARTTLS", [$"220 go{SmtpSink.Tls}"]));
        Assert.Equal([outcome], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"], tls: use)));
        Assert.Equal(connections, sink.Connections);
    }

    [Fact]
    public async Task Message_larger_than_the_host_takes_is_not_begun()
    {
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250 SIZE 29"]));
        RecipientOutcome.Failed outcome = Assert.IsType<RecipientOutcome.Failed>(Assert.Single(await DeliverAsync([sink.Target], ["a@x.test"])));
        Assert.Equal("550 5.3.4 sink.test takes messages of up to 29 octets", outcome.Fault.ToString());
        Assert.Equal(["EHLO", "QUIT"], sink.Commands.Select(c => c.Split(' ')[0]));
    }

    [Fact]
    public async Task Refusal_of_content_counts_though_the_connection_broke()
    {
        await using SmtpSink sink = new(("EHLO", ["250 sink.test"]), ("DATA", [$"354 go\r\n552 5.3.4 too large{SmtpSink.Break}"]));
        string content = "Subject: x\r\n\r\n" + string.Concat(Enumerable.Repeat(new string('x', 900) + "\r\n", 40_000));
        DeliveryAttempt attempt = Attempts.For(Snapshot, Channel(TlsUse.No), ["a@x.test"], content);
        Assert.Equal(["failed 5.3.4"], Attempts.Words(await new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance).DeliverAsync(
            attempt, TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("554 no mail here", "554 no mail here", "failed 5.0.0", 0)]
    [InlineData("554 no mail here", "550 odd", "deferred 4.0.0", 0)]
    [InlineData("550 odd", "220 sink.test", "delivered", 1)]
    public async Task Refusing_banners_count_once_all_hosts_were_asked(string first, string second, string outcome, int messages)
    {
        await using SmtpSink one = new(("GREETING", [first])), two = new(("GREETING", [second]));
        Assert.Equal([outcome], Attempts.Words(await DeliverAsync([one.Target, two.Target], ["a@x.test"])));
        Assert.Equal((1, 1, messages), (one.Connections, two.Connections, two.Messages.Count));
    }

    [Fact]
    public async Task Data_in_the_clear_behind_the_answer_to_STARTTLS_is_no_answer_inside_TLS()
    {
        await using SmtpSink sink = new(
            ("EHLO", ["250-sink.test\r\n250 STARTTLS"]), ("STARTTLS", [$"220 go\r\n250-sink.test\r\n250 AUTH PLAIN{SmtpSink.Tls}"]));
        Assert.Equal(["deferred 4.5.0"], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"], tls: TlsUse.May)));
        Assert.Empty(sink.Messages);
    }

    [Theory]
    [InlineData("250 sink.test", "")]
    [InlineData("250-sink.test\r\n250 STARTTLS", "454 4.7.0 not now")]
    [InlineData("250-sink.test\r\n250 STARTTLS", "220 go" + SmtpSink.Tls)]
    public async Task Required_TLS_that_cannot_be_verified_defers(string hello, string starttls)
    {
        await using SmtpSink sink = new(("EHLO", [hello]), ("STARTTLS", [starttls]));
        Assert.Equal(["deferred 4.7.4"], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"], tls: TlsUse.Must)));
        Assert.Empty(sink.Messages);
    }

    /// <summary>MUST_TLS_HOSTS: by the domain the mail is for, or by the name of the mail host.</summary>
    [Theory]
    [InlineData("next.test", "deferred 4.7.4")]
    [InlineData("Other.test, .TEST", "deferred 4.7.4")]
    [InlineData("sink.test", "deferred 4.7.4")]
    [InlineData(".next.test", "delivered")]
    [InlineData("other.test", "delivered")]
    public async Task Hosts_that_are_listed_get_mail_inside_verified_TLS_only(string hosts, string outcome)
    {
        ConfigurationSnapshot listed = Site.Snapshot(("postern.cnf", t => Site.WithOptions(t, "tcp_local", "notls")), ("tcp_local_option", _ => $"MUST_TLS_HOSTS={hosts}\n"));
        await using SmtpSink sink = new();
        ImmutableArray<RecipientOutcome> outcomes = await new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance).DeliverAsync(
            Attempts.For(listed, listed.Channels.FindByName(new ChannelName("tcp_local"))!, ["a@x.test"]), TestContext.Current.CancellationToken);
        Assert.Equal([outcome], Attempts.Words(outcomes));
    }

    [Theory]
    [InlineData("530 5.7.0 Must issue a STARTTLS command first", "delivered", 2)]
    [InlineData("550 5.7.10 encryption needed", "delivered", 2)]
    [InlineData("530 5.7.0 No AUTH command has been given", "failed 5.7.0", 1)]
    [InlineData("550 5.7.1 not you", "failed 5.7.1", 1)]
    public async Task Host_that_demands_TLS_gets_it_on_a_channel_without(string answer, string outcome, int connections)
    {
        await using SmtpSink sink = new(
            ("EHLO", ["250-sink.test\r\n250 STARTTLS", "250-sink.test\r\n250 STARTTLS", "250 sink.test"]), ("STARTTLS", [$"220 go{SmtpSink.Tls}"]), ("MAIL", [answer, "250 ok"]));
        Assert.Equal([outcome], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"])));
        Assert.Equal(connections, sink.Connections);
    }

    [Fact]
    public async Task Host_that_demands_the_TLS_it_cannot_do_defers()
    {
        await using SmtpSink sink = new(
            ("EHLO", ["250-sink.test\r\n250 STARTTLS"]), ("STARTTLS", [$"220 go{SmtpSink.Close}"]), ("MAIL", ["530 5.7.0 Must issue a STARTTLS command first"]));
        Assert.Equal(["deferred 4.7.4"], Attempts.Words(await DeliverAsync([sink.Target], ["a@x.test"], tls: TlsUse.May)));
    }

    [Fact]
    public async Task Own_content_that_cannot_be_read_is_no_fault_of_the_host()
    {
        await using SmtpSink sink = new();
        ChannelDefinition channel = Channel(TlsUse.No);
        DeliveryAttempt attempt = Attempts.For(Snapshot, channel, ["a@x.test"]) with { OpenMessage = _ => throw new QueueReadException("damaged") };
        ImmutableArray<RecipientOutcome> outcomes = await new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance)
            .DeliverAsync(attempt, TestContext.Current.CancellationToken);
        Assert.Equal(["deferred 4.3.0"], Attempts.Words(outcomes));
        Assert.False(((RecipientOutcome.Deferred)outcomes[0]).HostFault);
        Assert.Empty(sink.Messages);
    }

    private static ChannelDefinition Channel(TlsUse tls) => Snapshot.Channels.FindByName(new ChannelName("tcp_local"))! with { TlsClient = tls };

    private static Task<ImmutableArray<RecipientOutcome>> DeliverAsync(
        NextHopTarget[] targets, string[] recipients, TlsUse tls = TlsUse.No, string content = Attempts.Letter, BodyType body = BodyType.SevenBit) =>
        new SmtpDelivery(new FixedRoute(targets), TimeProvider.System, NullLogger.Instance).DeliverAsync(
            Attempts.For(Snapshot, Channel(tls), recipients, content, body: body), TestContext.Current.CancellationToken);
}
