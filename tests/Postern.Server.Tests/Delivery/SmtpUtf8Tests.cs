using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Replies;

namespace Postern.Server.Tests.Delivery;

/// <summary>RFC 6531 from the session through the queue to the next hop, and RFC 6533 back to the sender.</summary>
public sealed class SmtpUtf8Tests
{
    private const string AsciiLetter = "Subject: x\r\n\r\nGrüße\r\n";
    private const string Letter = "Subject: Grüße\r\n\r\nx\r\n";
    private const string TakesUtf8 = "250-sink.test\r\n250-8BITMIME\r\n250 SMTPUTF8";
    private const string TakesEightBit = "250-sink.test\r\n250 8BITMIME";

    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();

    [Fact]
    public async Task Mail_is_queued_with_its_mark_and_domains_in_ASCII_letters()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync("MAIL FROM:<jörg@Bücher.example> SMTPUTF8");
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<użytkownik@Bücher.test>"));
        await client.SayAsync("DATA");
        Assert.StartsWith("250", await client.SayAsync("Subject: Grüße\r\n\r\ny\r\n."));
        QueuedMessage message = (await bench.Queue.FindAsync((await bench.ListAsync())[0].Id, TestContext.Current.CancellationToken))!;
        Assert.True(message.Envelope.SmtpUtf8);
        Assert.Equal("jörg@xn--bcher-kva.example", message.Envelope.ReversePath);
        QueuedCopy copy = Assert.Single(message.Copies);
        QueuedRecipient recipient = Assert.Single(copy.Recipients);
        Assert.Equal(("użytkownik@xn--bcher-kva.test", "xn--bcher-kva.test"), (recipient.Address, recipient.Host));
        string trace = Encoding.UTF8.GetString(copy.HeaderBlock!.Value.Span);
        Assert.Contains(" with UTF8SMTP\r\n", trace, StringComparison.Ordinal);
        Assert.Contains("for <użytkownik@xn--bcher-kva.test>", trace, StringComparison.Ordinal);
        Assert.Contains((await bench.TransactionsAsync()).Select(l => System.Text.Json.JsonDocument.Parse(l).RootElement.GetProperty("ac").GetString()), a => a == "EEU");
    }

    [Fact]
    public async Task Other_mail_has_no_mark()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync("MAIL FROM:<kim@y.test>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("DATA");
        Assert.StartsWith("250", await client.SayAsync("Subject: x\r\n\r\ny\r\n."));
        Assert.False((await bench.Queue.FindAsync((await bench.ListAsync())[0].Id, TestContext.Current.CancellationToken))!.Envelope.SmtpUtf8);
    }

    [Theory]
    [InlineData("jörg@ext.example", "a@x.test", AsciiLetter)]
    [InlineData("s@ext.example", "ü@x.test", AsciiLetter)]
    [InlineData("s@ext.example", "a@x.test", Letter)]
    public async Task A_host_that_takes_it_is_told_so(string from, string to, string content)
    {
        await using SmtpSink sink = new(("EHLO", [TakesUtf8]));
        Assert.Equal(["delivered"], await DeliverAsync(sink, content, from, to));
        Assert.Equal([$"MAIL FROM:<{from}> BODY=8BITMIME SMTPUTF8", $"RCPT TO:<{to}>"], Commands(sink).Skip(1).Take(2));
    }

    [Theory]
    [InlineData("jörg@ext.example", "a@x.test", AsciiLetter)]
    [InlineData("s@ext.example", "ü@x.test", AsciiLetter)]
    [InlineData("s@ext.example", "a@x.test", Letter)]
    public async Task A_host_that_does_not_take_it_is_never_asked(string from, string to, string content)
    {
        await using SmtpSink sink = new(("EHLO", [TakesEightBit]));
        Assert.Equal(["failed 5.6.7"], await DeliverAsync(sink, content, from, to));
        Assert.Equal(["QUIT"], sink.Commands.Skip(1));
    }

    [Theory]
    [InlineData(TakesUtf8)]
    [InlineData(TakesEightBit)]
    public async Task What_needs_nothing_of_it_goes_as_ordinary_mail(string hello)
    {
        await using SmtpSink sink = new(("EHLO", [hello]));
        Assert.Equal(["delivered"], await DeliverAsync(sink, AsciiLetter, "s@ext.example", "a@xn--bcher-kva.test"));
        Assert.Equal(["MAIL FROM:<s@ext.example> BODY=8BITMIME", "RCPT TO:<a@xn--bcher-kva.test>"], sink.Commands.Skip(1).Take(2));
    }

    [Fact]
    public async Task Only_recipients_that_cannot_be_named_fail()
    {
        await using SmtpSink sink = new(("EHLO", [TakesEightBit]));
        Assert.Equal(["failed 5.6.7", "delivered"], await DeliverAsync(sink, AsciiLetter, "s@ext.example", "ü@x.test", "a@x.test"));
        Assert.Equal(["MAIL FROM:<s@ext.example> BODY=8BITMIME", "RCPT TO:<a@x.test>", "DATA", "QUIT"], sink.Commands.Skip(1));
    }

    [Theory]
    [InlineData("250-sink.test\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 DSN", Letter, "RCPT TO:<a@x.test> ORCPT=utf-8;ü@x")]
    [InlineData("250-sink.test\r\n250-8BITMIME\r\n250 DSN", AsciiLetter, @"RCPT TO:<a@x.test> ORCPT=utf-8;\x{FC}@x")]
    public async Task The_original_recipient_goes_in_letters_the_host_takes(string hello, string content, string rcpt)
    {
        await using SmtpSink sink = new(("EHLO", [hello]));
        DeliveryAttempt attempt = Attempts.For(
            Snapshot, Snapshot.Channels.FindByName(new("tcp_local"))!, ["a@x.test"], content, body: BodyType.EightBitMime, original: "utf-8;ü@x", smtpUtf8: true);
        await Client(sink).DeliverAsync(attempt, TestContext.Current.CancellationToken);
        Assert.Equal(rcpt, Commands(sink)[2]);
    }

    [Theory]
    [InlineData(true, "message/global-delivery-status", "message/global-headers", "utf-8; ü@x.test")]
    [InlineData(false, "message/delivery-status", "text/rfc822-headers", @"utf-8; \x{FC}@x.test")]
    public async Task A_failure_is_told_in_the_letters_the_sender_used(bool smtpUtf8, string statusType, string returnedType, string final)
    {
        List<(bool SmtpUtf8, MimeMessage Message)> notices = [];
        await using DeliveryBench bench = new(
            _ => new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.MailFrom, new EnhancedCode(5, 6, 7), "no")),
            attempt =>
            {
                using Stream stream = attempt.OpenMessage(default).Result;
                notices.Add((attempt.Copy.Envelope.SmtpUtf8, MimeMessage.Load(stream)));
                return new RecipientOutcome.Delivered("stored");
            },
            Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", "nosendpost"))));
        QueueId id = await bench.EnqueueAsync("tcp_local", "ü@x.test", "bob@example.com", letter: Letter, returned: ReturnContent.Headers, smtpUtf8: smtpUtf8);
        await bench.SettledAsync(id, null);
        while ((await bench.Queue.TotalsAsync(TestContext.Current.CancellationToken)).Count > 0) await Task.Yield();
        (bool marked, MimeMessage message) = Assert.Single(notices);
        Assert.Equal(smtpUtf8, marked);
        MultipartReport report = Assert.IsType<MultipartReport>(message.Body);
        Assert.Equal((statusType, returnedType), (report[1].ContentType.MimeType, report[2].ContentType.MimeType));
        Assert.Equal(statusType["message/".Length..], report.ReportType);
        Assert.Contains("ü@x.test", ((TextPart)report[0]).Text);
        string status = Text(report[1]);
        Assert.Contains($"\nFinal-Recipient: {final}\r\nAction: failed\r\nStatus: 5.6.7\r\n", status, StringComparison.Ordinal);
        Assert.Equal(2, status.TrimEnd().Split("\r\n\r\n").Length);
        Assert.Contains("Subject: Grüße", Text(report[2]), StringComparison.Ordinal);
    }

    /// <summary>The sink keeps octets.</summary>
    private static string[] Commands(SmtpSink sink) => [.. sink.Commands.Select(c => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(c)))];

    private static string Text(MimeEntity part)
    {
        FormatOptions options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        using MemoryStream stream = new();
        if (part is MimePart { Content: { } content }) content.DecodeTo(stream);
        else part.WriteTo(options, stream, contentOnly: true);
        return Encoding.UTF8.GetString(stream.ToArray()).ReplaceLineEndings("\r\n");
    }

    private static SmtpDelivery Client(SmtpSink sink) => new(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance);

    private static async Task<string[]> DeliverAsync(SmtpSink sink, string content, string from, params string[] recipients) =>
        Attempts.Words(await Client(sink).DeliverAsync(
            Attempts.For(Snapshot, Snapshot.Channels.FindByName(new("tcp_local"))!, recipients, content, from, BodyType.EightBitMime, smtpUtf8: true),
            TestContext.Current.CancellationToken));
}
