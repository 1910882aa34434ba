using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Delivery;

/// <summary>A sender is told what could not be delivered; the null sender never is.</summary>
public sealed class NotificationTests(RunningSite running) : IClassFixture<RunningSite>
{
    private readonly PosternSite _site = running.Site;

    [Fact]
    public async Task Sender_gets_a_report_about_a_refused_recipient()
    {
        _site.Outside.Answer("RCPT TO:<gone@other.test>", "550 5.1.1 no such user here");
        Letter letter = Letter.New();
        using (SmtpClient client = await MailKitClient.ConnectAsync(Client.Outsider, _site.SubmissionPort, SecureSocketOptions.StartTls))
        {
            await client.LogInAsync(PosternSite.Ann, PosternSite.Password);
            await client.SendLetterAsync(PosternSite.Ann, "gone@other.test", letter);
        }

        await Eventually.HoldsAsync("the report is stored", () => !_site.Store.MessagesOf(PosternSite.Ann, letter).IsEmpty);
        MimeMessage report = MaildirReader.Parse(Assert.Single(_site.Store.MessagesOf(PosternSite.Ann, letter)));
        Assert.Equal("<>", report.Headers["Return-Path"]);
        Assert.Equal(PosternSite.Ann, Assert.Single(report.To.Mailboxes).Address);
        Assert.Equal("auto-replied", report.Headers[HeaderId.AutoSubmitted]);

        MultipartReport body = Assert.IsType<MultipartReport>(report.Body);
        Assert.Equal("delivery-status", body.ReportType);
        MessageDeliveryStatus status = Assert.Single(body.OfType<MessageDeliveryStatus>());
        Assert.Equal("dns; mta.example.com", status.StatusGroups[0]["Reporting-MTA"]);
        HeaderList recipient = status.StatusGroups[1];
        Assert.Equal("rfc822; gone@other.test", recipient["Final-Recipient"]);
        Assert.Equal("failed", recipient["Action"]);
        Assert.Equal("5.1.1", recipient["Status"]);
        Assert.Contains("no such user here", recipient["Diagnostic-Code"], StringComparison.Ordinal);
        Assert.Empty(_site.Outside.MessagesWith(letter));

        // The initial configuration has copysendpost.
        await running.QuietAsync();
        Assert.Single(_site.Store.MessagesOf("postmaster@example.com", letter));
    }

    [Fact]
    public async Task Null_sender_gets_none()
    {
        _site.Outside.Answer("RCPT TO:<gone@other.test>", "550 5.1.1 no such user here");
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Internal, _site.Port, "", "gone@other.test", letter)).IsTaken();
        await running.NobodyHasAsync(letter);
        Assert.Empty(_site.Store.MessagesOf("postmaster@example.com", letter));
    }

    [Fact]
    public async Task Refusal_of_the_whole_message_is_reported_too()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        site.Outside.Answer(".", "554 5.6.0 not such a message");
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Internal, site.Port, PosternSite.Bob, "v@other.test", letter)).IsTaken();
        await Eventually.HoldsAsync("the report is stored", () => !site.Store.MessagesOf(PosternSite.Bob, letter).IsEmpty);
        MimeMessage report = MaildirReader.Parse(Assert.Single(site.Store.MessagesOf(PosternSite.Bob, letter)));
        MessageDeliveryStatus status = Assert.Single(Assert.IsType<MultipartReport>(report.Body).OfType<MessageDeliveryStatus>());
        Assert.Equal("5.6.0", status.StatusGroups[1]["Status"]);
    }
}
