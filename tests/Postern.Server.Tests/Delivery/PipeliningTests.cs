using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>Commands that go out together (RFC 2920): each reply counts for its own command.</summary>
public sealed class PipeliningTests
{
    private const string Offer = "250-sink.test\r\n250 PIPELINING";

    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();
    private static readonly ChannelDefinition Channel = Snapshot.Channels.FindByName(new ChannelName("tcp_local"))! with { TlsClient = TlsUse.No };

    /// <summary>The sink says nothing before it has seen DATA; a client that waits would wait for ever.</summary>
    [Fact]
    public async Task Envelope_and_DATA_go_out_before_the_first_reply()
    {
        await using SmtpSink sink = new(("EHLO", [Offer]), ("MAIL", [""]), ("RCPT", [""]), ("DATA", ["250 ok\r\n250 ok\r\n550 5.1.1 no\r\n354 go"]));
        Assert.Equal(["delivered", "failed 5.1.1"], await DeliverAsync(sink, "a@x.test", "b@x.test"));
    }

    [Fact]
    public async Task Host_that_does_not_offer_it_gets_one_command_at_a_time()
    {
        await using SmtpSink sink = new(("MAIL", ["550 5.7.1 not you"]));
        Assert.Equal(["failed 5.7.1"], await DeliverAsync(sink, "a@x.test"));
        Assert.Equal(["EHLO", "MAIL", "QUIT"], sink.Commands.Select(c => c.Split(' ')[0]));
    }

    [Fact]
    public async Task Content_that_nobody_is_to_get_is_ended_at_once_and_the_connection_goes_on()
    {
        await using SmtpSink sink = new(("EHLO", [Offer]), ("RCPT", ["550 5.1.1 no such user", "250 ok"]));
        await using KeptConnection kept = new();
        Assert.Equal(["failed 5.1.1"], Attempts.Words(await OutcomesAsync(sink, kept, "a@x.test")));
        Assert.Equal(["delivered"], Attempts.Words(await OutcomesAsync(sink, kept, "b@x.test")));
        Assert.Equal("", sink.Messages[0]);
        Assert.StartsWith("Subject: hello", sink.Messages[1], StringComparison.Ordinal);
        Assert.Equal((2, 1), (sink.Messages.Count, sink.Connections));
    }

    /// <summary>More than is sent at once without reading: refused recipients are known before DATA, which then is not sent.</summary>
    [Fact]
    public async Task Many_recipients_go_out_in_groups()
    {
        await using SmtpSink sink = new(("EHLO", [Offer]), ("RCPT", ["550 5.1.1 no such user"]));
        string[] recipients = [.. Enumerable.Range(0, 100).Select(i => $"{new string('u', 60)}{i}@x.test")];
        Assert.All(await DeliverAsync(sink, recipients), o => Assert.Equal("failed 5.1.1", o));
        Assert.Equal(100, sink.Commands.Count(c => c.StartsWith("RCPT", StringComparison.Ordinal)));
    }

    private static async Task<string[]> DeliverAsync(SmtpSink sink, params string[] recipients) => Attempts.Words(await OutcomesAsync(sink, null, recipients));

    private static Task<ImmutableArray<RecipientOutcome>> OutcomesAsync(SmtpSink sink, KeptConnection? kept, params string[] recipients) =>
        new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance)
            .DeliverAsync(Attempts.For(Snapshot, Channel, recipients) with { Kept = kept }, TestContext.Current.CancellationToken);
}
