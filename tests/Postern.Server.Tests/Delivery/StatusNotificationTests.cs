using System.Text;
using MimeKit;
using Postern.Queue;
using Postern.Server.Delivery.Dsn;
using Postern.Smtp.Replies;

namespace Postern.Server.Tests.Delivery;

/// <summary>A notification is read back by a parser that knows nothing of how it was made.</summary>
public sealed class StatusNotificationTests
{
    private static readonly Envelope Original = new(
        QueueId.New(TimeProvider.System), "s@ext.example", "env+1", ReturnContent.Unspecified, false, BodyType.SevenBit,
        new DateTimeOffset(2026, 5, 4, 8, 1, 22, TimeSpan.Zero), "tcp_local", "", "", null, null);

    private static readonly NotificationHead Head = new("mail.example.com", "postmaster@mail.example.com", "Mail Delivery System", "s@ext.example");

    [Fact]
    public void Report_has_its_three_parts_and_fields()
    {
        MimeMessage read = Read(
            "Message-ID: <m1@ext.example>\r\nSubject: hello\r\n",
            new ReportedRecipient("kim@y.test", "rfc822;Kim@y.test", new EnhancedCode(5, 1, 1), "550 5.1.1 no such user", "mx1.y.test", Original.Received),
            new ReportedRecipient("lee@z.test", null, new EnhancedCode(4, 4, 7), "given up", null, Original.Received));
        Assert.Equal("postmaster@mail.example.com", Assert.Single(read.From.Mailboxes).Address);
        Assert.Equal("s@ext.example", Assert.Single(read.To.Mailboxes).Address);
        Assert.Equal("auto-replied", read.Headers[HeaderId.AutoSubmitted]);
        Assert.Equal("m1@ext.example", Assert.Single(read.References));

        MultipartReport report = Assert.IsType<MultipartReport>(read.Body);
        Assert.Equal("delivery-status", report.ReportType);
        Assert.Equal(3, report.Count);
        Assert.Contains("kim@y.test", Assert.IsType<TextPart>(report[0]).Text);
        MessageDeliveryStatus status = Assert.IsType<MessageDeliveryStatus>(report[1]);
        Assert.Equal("dns; mail.example.com", status.StatusGroups[0]["Reporting-MTA"]);
        Assert.Equal("env+1", status.StatusGroups[0]["Original-Envelope-Id"]);
        Assert.Equal(
            ["rfc822;Kim@y.test", "rfc822; kim@y.test", "failed", "5.1.1", "dns; mx1.y.test", "smtp; 550 5.1.1 no such user"],
            ((string[])["Original-Recipient", "Final-Recipient", "Action", "Status", "Remote-MTA", "Diagnostic-Code"]).Select(f => status.StatusGroups[1][f]));
        Assert.Equal("4.4.7", status.StatusGroups[2]["Status"]);
        Assert.Null(status.StatusGroups[2]["Remote-MTA"]);
        MimeMessage returned = Assert.IsType<TextRfc822Headers>(report[2]).Message!;
        Assert.Equal("hello", returned.Subject);
        Assert.Equal("m1@ext.example", returned.MessageId);
    }

    [Theory]
    [InlineData("", "", null)]
    [InlineData("TCP|192.0.2.25|25|203.0.113.9|40000", "SMTP/client.test", "dns; client.test (203.0.113.9)")]
    [InlineData("TCP|192.0.2.25|25|2001:db8::9|40000", "SMTP/TLS-1.3-X/[IPv6:2001:db8::9]", "dns; [IPv6:2001:db8::9] (2001:db8::9)")]
    [InlineData("TCP|192.0.2.25|25|203.0.113.9|40000", "SMTP/", "dns; [203.0.113.9]")]
    [InlineData("TCP|192.0.2.25|25|203.0.113.9|40000", "SMTP/a (b", "dns; [203.0.113.9]")]
    [InlineData("TCP|192.0.2.25|25|203.0.113.9|40000", "SMTP/a\r\nX-Evil: 1", "dns; [203.0.113.9]")]
    public void Client_is_named(string port, string application, string? expected)
    {
        MimeMessage read = Read(Original with { PortInformation = port, ApplicationInformation = application }, "Subject: x\r\n", new ReportedRecipient("kim@y.test", null, new EnhancedCode(5, 0, 0), "no", null, Original.Received));
        Assert.Equal(expected, Assert.IsType<MessageDeliveryStatus>(((MultipartReport)read.Body!)[1]).StatusGroups[0]["Received-From-MTA"]);
    }

    [Theory]
    [InlineData("550 no\r\nBcc: victim@x.test")]
    [InlineData("550-no\n550 \u0007still no")]
    public void Nothing_a_host_said_becomes_a_field(string diagnostic)
    {
        MimeMessage read = Read("Subject: x\r\n", new ReportedRecipient("kim@y.test", null, new EnhancedCode(5, 0, 0), diagnostic, "mx\r\nX-Evil: 1", Original.Received));
        MessageDeliveryStatus status = Assert.IsType<MessageDeliveryStatus>(((MultipartReport)read.Body!)[1]);
        Assert.All(status.StatusGroups.Skip(2), Assert.Empty);
        Assert.Null(status.StatusGroups[1]["Bcc"]);
        Assert.Null(status.StatusGroups[1]["X-Evil"]);
        Assert.Null(read.Headers["Bcc"]);
    }

    /// <summary>Octets of a line (RFC 5322 §2.1.1).</summary>
    [Theory]
    [InlineData('#')]
    [InlineData('\u20ac')]
    public void Long_words_are_folded(char letter)
    {
        string words = $"{new string(letter, 300)} {new string(letter, 700)} end";
        MimeMessage read = Read("Subject: x\r\n", new ReportedRecipient("kim@y.test", null, new EnhancedCode(5, 3, 0), words, null, Original.Received) { Attempts = [(Original.Received, words), (Original.Received, words)] });
        string text = ((TextPart)((MultipartReport)read.Body!)[0]).Text;
        Assert.All(text.ReplaceLineEndings("\n").Split('\n'), l => Assert.InRange(Encoding.UTF8.GetByteCount(l), 0, 998));
        Assert.Equal(3000, text.Count(c => c == letter));
        Assert.Contains(" end\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void Header_in_eight_bit_comes_back_octet_by_octet()
    {
        MimeMessage read = Read("Subject: gr\u00fc\u00df\r\n", new ReportedRecipient("kim@y.test", null, new EnhancedCode(5, 0, 0), "no", null, Original.Received));
        Assert.Equal("Subject: gr\u00fc\u00df\r\n", Content(((MultipartReport)read.Body!)[2]));
    }

    [Theory]
    [InlineData("@a.test:s@ext.example")]
    [InlineData("\"a b\"@ext.example")]
    [InlineData("s@[198.51.100.1]")]
    [InlineData("postmaster")]
    public void Any_envelope_sender_can_be_told(string sender)
    {
        using MimeMessage built = StatusNotification.Build(
            NotificationKind.Failed, Head with { Recipient = sender }, Original, Original.Received,
            [new ReportedRecipient("kim@y.test", null, new EnhancedCode(5, 0, 0), "no", null, Original.Received)], ReadOnlyMemory<byte>.Empty);
        Assert.NotEmpty(built.To);
        using MemoryStream stream = new();
        built.WriteTo(stream, TestContext.Current.CancellationToken);
        Assert.True(stream.Length > 0);
    }

    private static MimeMessage Read(string header, params ReportedRecipient[] failures) => Read(Original, header, failures);

    private static MimeMessage Read(Envelope original, string header, params ReportedRecipient[] failures)
    {
        using MimeMessage built = StatusNotification.Build(
            NotificationKind.Failed, Head, original, Original.Received, [.. failures], Encoding.UTF8.GetBytes(header));
        using MemoryStream stream = new();
        FormatOptions options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        built.WriteTo(options, stream, TestContext.Current.CancellationToken);
        stream.Position = 0;
        return MimeMessage.Load(stream, TestContext.Current.CancellationToken);
    }

    private static string Content(MimeEntity part)
    {
        using MemoryStream content = new();
        Assert.IsAssignableFrom<MimePart>(part).Content!.DecodeTo(content, TestContext.Current.CancellationToken);
        return Encoding.UTF8.GetString(content.ToArray());
    }
}
