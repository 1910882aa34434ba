using MimeKit;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Delivery;

/// <summary>Two sites and a mail store: in at one, through the other, by LMTP into Dovecot, read back by IMAP.</summary>
public sealed class DovecotTests
{
    private const string Dave = "dave@b.example";
    private const string Full = "full@b.example";
    private const string Gone = "gone@b.example";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Message_goes_through_two_sites_into_a_mailbox_and_failures_come_back(bool bySocketFile)
    {
        await using DovecotServer dovecot = await DovecotServer.StartedAsync([Dave], [Full]);
        await using PosternSite first = await PosternSite.CreateAsync(), second = await PosternSite.CreateAsync();

        // What is outside of one is the other; two hosts of one name would be taken for a loop.
        foreach ((PosternSite site, PosternSite other) in ((PosternSite, PosternSite)[])[(first, second), (second, first)])
            site.Edit("postern.cnf", text => text.Replace($"port {site.Outside.Port}", $"port {other.Port}", StringComparison.Ordinal));
        second.Edit("postern.cnf", text => text.Replace("mta.example.com", "mtb.example.com", StringComparison.Ordinal));
        second.Edit("postern.cnf", text => text.Replace(
            "\nims-ms ", bySocketFile ? $"\nims-ms lmtp daemon {dovecot.SocketFile} " : $"\nims-ms lmtp daemon 127.0.0.1 port {dovecot.LmtpPort} ", StringComparison.Ordinal));
        foreach (string user in (string[])[Dave, Full, Gone])
            (await PosternCommand.RunWithInputAsync($"{PosternSite.Password}\n", "user", "add", user, "--config", second.Configuration)).Exits(0);
        (await PosternCommand.RunWithInputAsync($"{PosternSite.Password}\n", "user", "add", "ann@a.example", "--config", first.Configuration)).Exits(0);

        await using PosternProcess a = await first.ServeAsync(), b = await second.ServeAsync();
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Internal, first.Port, "ann@a.example", $"{Dave},{Full},{Gone}", letter)).IsTaken();

        await Eventually.HoldsAsync("the message is in the mailbox", async () => (await dovecot.InboxAsync(Dave)).Length > 0);
        MimeMessage read = Assert.Single(await dovecot.InboxAsync(Dave));
        using MemoryStream text = new();
        await read.WriteToAsync(text, TestContext.Current.CancellationToken);
        Assert.True(letter.IsIn(text.ToArray()));
        Assert.Contains(read.Headers, h => h.Id == HeaderId.ReturnPath && h.Value.Contains("ann@a.example", StringComparison.Ordinal));
        Assert.True(read.Headers.Count(h => h.Id == HeaderId.Received) >= 3);

        await Eventually.HoldsAsync("both failures came back", () => Failures(first).Count() == 2);
        Assert.Equal([(Full, "5.2.2"), (Gone, "5.1.1")], Failures(first).Order());
        await first.QuietAsync();
        await second.QuietAsync();
        Assert.Equal(0, second.Store.Count);
    }

    /// <summary>What notifications in ann's mailbox say of whom.</summary>
    private static IEnumerable<(string Recipient, string Status)> Failures(PosternSite site)
    {
        foreach (byte[] message in site.Store.MessagesOf("ann@a.example"))
        {
            MultipartReport report = Assert.IsType<MultipartReport>(MaildirReader.Parse(message).Body);
            MessageDeliveryStatus status = Assert.Single(report.OfType<MessageDeliveryStatus>());
            Assert.Equal("dns; mtb.example.com", status.StatusGroups[0]["Reporting-MTA"]);
            foreach (HeaderList recipient in status.StatusGroups.Where(g => g["Final-Recipient"] is not null))
            {
                Assert.Equal("failed", recipient["Action"]);
                yield return (recipient["Final-Recipient"]!.Split("; ")[1], recipient["Status"]!);
            }
        }
    }
}
