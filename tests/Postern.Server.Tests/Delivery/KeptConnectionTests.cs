using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>Further messages for a next hop go out on the connection that the first one made.</summary>
public sealed class KeptConnectionTests
{
    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();
    private static readonly ChannelDefinition Channel = Snapshot.Channels.FindByName(new ChannelName("tcp_local"))! with { TlsClient = TlsUse.No };

    [Fact]
    public async Task Second_message_needs_no_second_greeting()
    {
        await using SmtpSink sink = new();
        await using (KeptConnection kept = new())
        {
            Assert.Equal("delivered", await SendAsync(sink, kept, "a@x.test"));
            Assert.Equal("delivered", await SendAsync(sink, kept, "b@x.test"));
        }

        Assert.Equal(["EHLO", "MAIL", "RCPT", "DATA", "MAIL", "RCPT", "DATA", "QUIT"], Verbs(sink));
        Assert.Equal((1, 2), (sink.Connections, sink.Messages.Count));
    }

    [Theory]
    [InlineData("RCPT", "550 5.1.1 no such user", "failed 5.1.1")]
    [InlineData("DATA", "451 4.3.0 disk", "deferred 4.3.0")]
    public async Task Transaction_without_an_end_is_reset_before_the_next(string phase, string answer, string outcome)
    {
        await using SmtpSink sink = new((phase, [answer, phase == "DATA" ? "354 go" : "250 ok"]));
        await using KeptConnection kept = new();
        Assert.Equal(outcome, await SendAsync(sink, kept, "a@x.test"));
        Assert.Equal("delivered", await SendAsync(sink, kept, "b@x.test"));
        Assert.Equal(1, Verbs(sink).Count(v => v == "RSET"));
        Assert.Equal(1, sink.Connections);
    }

    [Fact]
    public async Task Refused_MAIL_leaves_the_connection_as_it_is()
    {
        await using SmtpSink sink = new(("MAIL", ["550 5.7.1 not you", "250 ok"]));
        await using KeptConnection kept = new();
        Assert.Equal("failed 5.7.1", await SendAsync(sink, kept, "a@x.test"));
        Assert.Equal("delivered", await SendAsync(sink, kept, "b@x.test"));
        Assert.DoesNotContain("RSET", Verbs(sink));
        Assert.Equal(1, sink.Connections);
    }

    /// <summary>What a host does to a connection that it has had enough of is no fault of the mail that came next.</summary>
    [Theory]
    [InlineData("DOT", $"250 ok{SmtpSink.Close}")]
    [InlineData("MAIL", $"421 4.3.2 enough{SmtpSink.Close}")]
    [InlineData("MAIL", "450 4.3.2 enough")]
    [InlineData("MAIL", SmtpSink.Close)]
    [InlineData("MAIL", "garbage")]
    public async Task Connection_that_is_no_more_is_made_anew(string phase, string answer)
    {
        await using SmtpSink sink = new((phase, phase == "DOT" ? [answer, "250 ok"] : ["250 ok", answer, "250 ok"]));
        await using KeptConnection kept = new();
        Assert.Equal("delivered", await SendAsync(sink, kept, "a@x.test"));
        Assert.Equal("delivered", await SendAsync(sink, kept, "b@x.test"));
        Assert.Equal((2, 2), (sink.Connections, sink.Messages.Count));
    }

    /// <summary>Taken for answers to the next commands, each would count for the wrong one.</summary>
    [Theory]
    [InlineData("250 ok\r\n250 one more")]
    [InlineData("250 ok\r\n421 4.3.2 enough")]
    public async Task Reply_that_nobody_asked_for_ends_the_connection(string answer)
    {
        await using SmtpSink sink = new(("DOT", [answer, "250 ok"]));
        await using KeptConnection kept = new();
        Assert.Equal("delivered", await SendAsync(sink, kept, "a@x.test"));
        Assert.Equal("delivered", await SendAsync(sink, kept, "b@x.test"));
        Assert.Equal((2, 2), (sink.Connections, sink.Messages.Count));
    }

    /// <summary>LIMITS MAILMAX (RFC 9422): refused senders count, for they were MAIL commands.</summary>
    [Theory]
    [InlineData("250-sink.test\r\n250 LIMITS MAILMAX=1", 3)]
    [InlineData("250-sink.test\r\n250 LIMITS MAILMAX=2", 2)]
    [InlineData("250-sink.test\r\n250 LIMITS MAILMAX=3", 1)]
    [InlineData("250-sink.test\r\n250 LIMITS MAILMAX=none", 1)]
    public async Task Connection_is_given_up_when_the_host_takes_no_more_on_it(string hello, int connections)
    {
        await using SmtpSink sink = new(("EHLO", [hello]), ("MAIL", ["550 5.7.1 not you", "250 ok"]));
        await using KeptConnection kept = new();
        Assert.Equal("failed 5.7.1", await SendAsync(sink, kept, "a@x.test"));
        Assert.Equal("delivered", await SendAsync(sink, kept, "b@x.test"));
        Assert.Equal("delivered", await SendAsync(sink, kept, "c@x.test"));
        Assert.Equal((connections, 2), (sink.Connections, sink.Messages.Count));
    }

    [Theory]
    [InlineData("RCPTMAX=2", new[] { "u0@y.test u1@y.test", "u2@y.test u3@y.test", "u4@z.test" }, 1)]
    [InlineData("RCPTDOMAINMAX=1", new[] { "u0@y.test u1@y.test u2@y.test u3@y.test", "u4@z.test" }, 1)]
    [InlineData("RCPTMAX=3 MAILMAX=1", new[] { "u0@y.test u1@y.test u2@y.test", "u3@y.test u4@z.test" }, 2)]
    public async Task Recipients_are_shared_out_to_as_many_transactions_as_the_host_wants(string limits, string[] transactions, int connections)
    {
        await using SmtpSink sink = new(("EHLO", [$"250-sink.test\r\n250 LIMITS {limits}"]));
        ConfigurationSnapshot snapshot = Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", "maxjobs 1 notls")));
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: snapshot, program: time => new SmtpDelivery(new FixedRoute(sink.Target), time, NullLogger.Instance));
        QueueId id = await bench.EnqueueAsync("tcp_local", ["u0@y.test", "u1@y.test", "u2@y.test", "u3@y.test", "u4@z.test"]);
        await bench.SettledAsync(id, null);
        Assert.Equal(
            transactions,
            string.Join('\n', sink.Commands).Split("DATA").SkipLast(1).Select(t => string.Join(' ', t.Split('\n').Where(c => c.StartsWith("RCPT", StringComparison.Ordinal)).Select(c => c[9..^1]))));
        Assert.Equal(connections, sink.Connections);
        await bench.TransactionsAsync(5);
        Assert.Equal(["DE", "DE", "DE", "DE", "DE"], await bench.LettersAsync());
    }

    [Fact]
    public async Task Reset_that_is_refused_ends_the_connection()
    {
        await using SmtpSink sink = new(("RCPT", ["550 5.1.1 no such user", "250 ok"]), ("RSET", ["502 what"]));
        await using KeptConnection kept = new();
        Assert.Equal("failed 5.1.1", await SendAsync(sink, kept, "a@x.test"));
        Assert.Equal("delivered", await SendAsync(sink, kept, "b@x.test"));
        Assert.Equal(2, sink.Connections);
    }

    /// <summary>Behind a loss nobody knows what became of the message, so nothing may be tried on another connection either.</summary>
    [Fact]
    public async Task Loss_behind_the_dot_of_a_kept_connection_defers()
    {
        await using SmtpSink sink = new(("DOT", ["250 ok", SmtpSink.Close]));
        await using KeptConnection kept = new();
        Assert.Equal("delivered", await SendAsync(sink, kept, "a@x.test"));
        Assert.Equal("deferred 4.4.2", await SendAsync(sink, kept, "b@x.test"));
        Assert.False(kept.IsUsable);
        Assert.Equal(1, sink.Connections);
    }

    [Fact]
    public async Task Other_rules_make_another_connection()
    {
        await using SmtpSink sink = new();
        await using KeptConnection kept = new();
        Assert.Equal("delivered", await SendAsync(sink, kept, "a@x.test"));
        Assert.Equal("delivered", await SendAsync(sink, kept, "b@x.test", Channel with { LocalHostAlias = "out.example.com" }));
        Assert.Equal(["EHLO", "MAIL", "RCPT", "DATA", "QUIT", "EHLO", "MAIL", "RCPT", "DATA"], Verbs(sink));
    }

    [Fact]
    public async Task Own_content_that_cannot_be_read_ends_the_connection_without_a_word()
    {
        await using SmtpSink sink = new();
        await using KeptConnection kept = new();
        DeliveryAttempt attempt = Attempts.For(Snapshot, Channel, ["a@x.test"]) with { Kept = kept, OpenMessage = _ => throw new QueueReadException("damaged") };
        Assert.Equal(
            ["deferred 4.3.0"],
            Attempts.Words(await new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance).DeliverAsync(attempt, TestContext.Current.CancellationToken)));
        Assert.False(kept.IsUsable);
        Assert.DoesNotContain("QUIT", Verbs(sink));
    }

    [Theory]
    [InlineData("", 12, 1)]
    [InlineData("ATTEMPT_TRANSACTIONS_PER_SESSION=5\n", 12, 3)]
    [InlineData("ATTEMPT_TRANSACTIONS_PER_SESSION=1\n", 3, 3)]
    public async Task Job_sends_so_many_messages_on_a_connection(string options, int messages, int connections)
    {
        await using SmtpSink sink = new();
        ConfigurationSnapshot snapshot = Site.Snapshot(
            ("postern.cnf", text => Site.WithOptions(text, "tcp_local", "maxjobs 1 notls")), ("tcp_local_option", _ => options));
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: snapshot, program: time => new SmtpDelivery(new FixedRoute(sink.Target), time, NullLogger.Instance));
        await bench.Queue.SetStoppedAsync("tcp_local", true, TestContext.Current.CancellationToken);
        List<QueueId> ids = [];
        for (int i = 0; i < messages; i++) ids.Add(await bench.EnqueueAsync("tcp_local", $"u{i}@y.test"));
        await bench.Queue.SetStoppedAsync("tcp_local", false, TestContext.Current.CancellationToken);
        bench.Wake();
        foreach (QueueId id in ids) await bench.SettledAsync(id, null);
        Assert.Equal((messages, connections), (sink.Messages.Count, sink.Connections));
    }

    /// <summary>Mail that the job had taken for its connection is as it was when the host fails on another message.</summary>
    [Fact]
    public async Task Host_that_fails_gives_back_what_was_not_tried()
    {
        await using SmtpSink sink = new(("MAIL", ["250 ok", "451 4.3.0 later"]));
        ConfigurationSnapshot snapshot = Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", "maxjobs 1 notls")));
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: snapshot, program: time => new SmtpDelivery(new FixedRoute(sink.Target), time, NullLogger.Instance));
        await bench.Queue.SetStoppedAsync("tcp_local", true, TestContext.Current.CancellationToken);
        List<QueueId> ids = [];
        for (int i = 0; i < 8; i++) ids.Add(await bench.EnqueueAsync("tcp_local", $"u{i}@y.test"));
        await bench.Queue.SetStoppedAsync("tcp_local", false, TestContext.Current.CancellationToken);
        bench.Wake();
        await bench.SettledAsync(ids[0], null);
        await bench.SettledAsync(ids[1], RecipientState.Queued);
        foreach (QueueId id in ids.Skip(2))
        {
            QueuedRecipient untried;
            while ((untried = (await bench.Queue.FindAsync(id, TestContext.Current.CancellationToken))!.Copies[0].Recipients[0]).State == RecipientState.Claimed) await Task.Yield();
            Assert.Equal((RecipientState.Queued, 0, null), (untried.State, untried.Attempts, untried.LastReply));
        }

        Assert.Single(sink.Messages);
    }

    private static string[] Verbs(SmtpSink sink) => [.. sink.Commands.Select(c => c.Split(' ')[0])];

    private static async Task<string> SendAsync(SmtpSink sink, KeptConnection kept, string recipient, ChannelDefinition? channel = null) =>
        Assert.Single(Attempts.Words(
            await new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance)
                .DeliverAsync(Attempts.For(Snapshot, channel ?? Channel, [recipient]) with { Kept = kept }, TestContext.Current.CancellationToken)));
}
