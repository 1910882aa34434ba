using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Server.Admission;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Dns;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>LMTP (RFC 2033): one answer for each recipient behind the content.</summary>
public sealed class LmtpDeliveryTests
{
    private static readonly string[] Three = ["@store.test:a@x.test", "@store.test:b@x.test", "@store.test:c@x.test"];

    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot(
        ("postern.cnf", text => Site.WithOptions(text, "ims-ms", "lmtp daemon /run/store/lmtp") + "\ntcp_lmtpcs lmtp dequeueremoveroute single_sys\ntcp_lmtpcs-daemon\nstore.test\n"));

    [Fact]
    public async Task Store_is_greeted_with_LHLO_and_each_recipient_has_its_answer()
    {
        await using SmtpSink sink = new(("DOT", ["250 2.1.5 a has it\r\n452 4.2.2 b is full\r\n550 5.1.1 no c"]));
        Assert.Equal(["delivered", "deferred 4.2.2", "failed 5.1.1"], Attempts.Words(await DeliverAsync(sink, "tcp_lmtpcs", Three)));
        Assert.Equal(
            ["LHLO mail.example.com", "MAIL FROM:<s@ext.example>", "RCPT TO:<a@x.test>", "RCPT TO:<b@x.test>", "RCPT TO:<c@x.test>", "DATA", "QUIT"], sink.Commands);
    }

    [Fact]
    public async Task Refused_recipients_have_no_answer_behind_the_content()
    {
        await using SmtpSink sink = new(("RCPT", ["250 ok", "550 5.1.1 no b", "250 ok"]), ("DOT", ["250 ok\r\n451 4.3.0 later"]));
        Assert.Equal(["delivered", "failed 5.1.1", "deferred 4.3.0"], Attempts.Words(await DeliverAsync(sink, "tcp_lmtpcs", Three)));
    }

    [Fact]
    public async Task Answers_outlive_the_connection()
    {
        await using SmtpSink sink = new(("DOT", [$"250 ok\r\n550 5.2.2 full{SmtpSink.Close}"]));
        Assert.Equal(["delivered", "failed 5.2.2", "deferred 4.4.2"], Attempts.Words(await DeliverAsync(sink, "tcp_lmtpcs", Three)));
    }

    [Fact]
    public async Task Answers_that_do_not_come_are_waited_for_and_the_others_stand()
    {
        FakeTime time = new();
        KeptLog dialogue = new();
        await using SmtpSink sink = new(("DOT", [$"250 a has it{SmtpSink.Hang}"]));
        Task<ImmutableArray<RecipientOutcome>> delivery = new SmtpDelivery(new FixedRoute(sink.Target), time, dialogue).DeliverAsync(
            Attempts.For(Snapshot, Channel("tcp_lmtpcs") with { MasterDebug = true }, Three), TestContext.Current.CancellationToken);
        await dialogue.HoldsAsync(1, "< 250 a has it", TestContext.Current.CancellationToken);
        while (!delivery.IsCompleted)
        {
            await Task.WhenAny(delivery, time.TimerAsync(TimeSpan.FromMinutes(10)));
            if (!delivery.IsCompleted) time.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(["delivered", "deferred 4.4.2", "deferred 4.4.2"], Attempts.Words(await delivery));
    }

    [Fact]
    public async Task Answers_for_nobody_are_not_taken_for_answers_to_the_next_message()
    {
        await using SmtpSink sink = new(("DOT", ["250 a\r\n250 b\r\n250 c\r\n250 who", "550 5.1.1 no a\r\n250 b\r\n250 c"]));
        await using KeptConnection kept = new();
        DeliveryAttempt attempt = Attempts.For(Snapshot, Channel("tcp_lmtpcs"), Three) with { Kept = kept };
        SmtpDelivery delivery = new(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance);
        Assert.Equal(["delivered", "delivered", "delivered"], Attempts.Words(await delivery.DeliverAsync(attempt, TestContext.Current.CancellationToken)));
        Assert.Equal(["failed 5.1.1", "delivered", "delivered"], Attempts.Words(await delivery.DeliverAsync(attempt, TestContext.Current.CancellationToken)));
        Assert.Equal(2, sink.Connections);
    }

    [Fact]
    public async Task Old_commands_are_not_tried()
    {
        await using SmtpSink sink = new(("LHLO", ["500 what"]));
        Assert.Equal(["deferred 4.0.0", "deferred 4.0.0", "deferred 4.0.0"], Attempts.Words(await DeliverAsync(sink, "tcp_lmtpcs", Three)));
        Assert.DoesNotContain(sink.Commands, c => c.StartsWith("HELO", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("bob@ims-ms-daemon", "bob@example.com")]
    [InlineData("bob+folder@ims-ms-daemon", "bob+folder@example.com")]
    [InlineData("bob+folder%second.example@ims-ms-daemon", "bob+folder@second.example")]
    [InlineData("bob%second.example+folder@ims-ms-daemon", "bob+folder@second.example")]
    [InlineData("\"a b\"@ims-ms-daemon", "\"a b\"@example.com")]
    public async Task Message_store_behind_LMTP_knows_users_by_their_addresses(string recipient, string sent)
    {
        await using SmtpSink sink = new();
        Assert.Equal(["delivered"], Attempts.Words(await DeliverAsync(sink, "ims-ms", [recipient])));
        Assert.Contains($"RCPT TO:<{sent}>", sink.Commands);
    }

    [Fact]
    public async Task Socket_file_is_connected_to()
    {
        using TemporaryDirectory directory = new();
        string path = directory.Combine("lmtp");
        await using SmtpSink sink = new(path);
        DeliveryAttempt attempt = Attempts.For(Snapshot, Channel("ims-ms") with { Daemon = path }, ["bob@ims-ms-daemon"]);
        SmtpDelivery delivery = new(new FixedRoute(), TimeProvider.System, NullLogger.Instance);
        Assert.Equal(["delivered"], Attempts.Words(await delivery.DeliverAsync(attempt, TestContext.Current.CancellationToken)));
        Assert.Single(sink.Messages);
        await sink.DisposeAsync();
        Assert.Equal(["deferred 4.4.1"], Attempts.Words(await delivery.DeliverAsync(attempt, TestContext.Current.CancellationToken)));
    }

    [Theory]
    [InlineData("ims-ms", "bob@ims-ms-daemon", "/run/store/lmtp")]
    [InlineData("tcp_lmtpcs", "@Store.Test:bob@x.test", "store.test")]
    public void Next_hop_is_the_store(string channel, string address, string host)
    {
        ExpandedRecipient recipient = new(address, new ChannelName(channel), "routing.test", "s@ext.example", null, ViaAlias: true);
        Assert.Equal(host, NextHop.Of(recipient, Snapshot.Channels));
    }

    [Fact]
    public async Task Store_is_asked_for_by_name_and_not_by_mail_exchanger()
    {
        ScriptedResolver resolver = new();
        await new SmtpDelivery(resolver, TimeProvider.System, NullLogger.Instance)
            .DeliverAsync(Attempts.For(Snapshot, Channel("tcp_lmtpcs"), Three), TestContext.Current.CancellationToken);
        Assert.Equal(("next.test", 24, false, true), resolver.Asked);
    }

    [Theory]
    [InlineData("tcp_local", "daemon /run/x", "only a channel with lmtp")]
    [InlineData("tcp_local", "daemon", "needs a host name")]
    public void Socket_file_needs_lmtp(string channel, string options, string finding) =>
        Assert.Contains(Site.Load(1, ("postern.cnf", text => Site.WithOptions(text, channel, options))).Diagnostics, d => d.IsError && d.ToString().Contains(finding, StringComparison.Ordinal));

    private static ChannelDefinition Channel(string name) => Snapshot.Channels.FindByName(new ChannelName(name))!;

    private static Task<ImmutableArray<RecipientOutcome>> DeliverAsync(SmtpSink sink, string channel, string[] recipients) =>
        new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance).DeliverAsync(
            Attempts.For(Snapshot, Channel(channel) with { Daemon = null }, recipients), TestContext.Current.CancellationToken);

    private sealed class ScriptedResolver : INextHopResolver
    {
        public (string Host, int Port, bool UseMx, bool AllowOwn) Asked { get; private set; }

        public Task<NextHopRoute> ResolveAsync(string host, int port, bool useMx, bool allowOwnAddresses, CancellationToken cancellationToken)
        {
            Asked = (host, port, useMx, allowOwnAddresses);
            return Task.FromResult<NextHopRoute>(new NextHopRoute.Unroutable(new(4, 4, 4), "none"));
        }
    }
}
