using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Maildir;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>What a mailbox may hold, and the file that other programs count in too.</summary>
public sealed class MaildirQuotaTests : IDisposable
{
    private static readonly long Octets = $"Return-Path: <s@ext.example>\r\nDelivered-To: bob@ims-ms-daemon\r\n{Attempts.Letter}".Length;

    private readonly TemporaryDirectory _directory = new();

    private string Mailbox => _directory.Combine("store/example.com/bob");

    private string SizeFile => Path.Combine(Mailbox, "maildirsize");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Mailbox_takes_what_it_may_hold_and_defers_the_rest()
    {
        string options = $"DEFAULT_MAILBOX_QUOTA={2 * Octets}\n";
        Assert.Equal(["delivered"], await DeliverAsync(options));
        Assert.Equal(["delivered"], await DeliverAsync(options));
        Assert.Equal(["deferred 4.2.2"], await DeliverAsync(options));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Mailbox, "new")).Length);
        Assert.Empty(Directory.GetFiles(Path.Combine(Mailbox, "tmp")));
        Assert.Equal([$"{2 * Octets}S", $"{2 * Octets} 2"], await SizeLinesAsync());
    }

    [Fact]
    public async Task Messages_are_counted_too()
    {
        const string Options = "DEFAULT_MESSAGE_QUOTA=1\nDEFAULT_MAILBOX_QUOTA=1000000\n";
        Assert.Equal(["delivered"], await DeliverAsync(Options));
        Assert.Equal(["1000000S,1C", "0 0", $"{Octets} 1"], await SizeLinesAsync());
        Assert.Equal(["deferred 4.2.2"], await DeliverAsync(Options));
    }

    [Fact]
    public async Task Room_that_a_reader_made_is_found()
    {
        const string Options = "DEFAULT_MESSAGE_QUOTA=1\n";
        Assert.Equal(["delivered"], await DeliverAsync(Options));
        File.Delete(Directory.GetFiles(Path.Combine(Mailbox, "new"))[0]);
        Assert.Equal(["delivered"], await DeliverAsync(Options));
    }

    [Fact]
    public async Task Folders_and_read_mail_count()
    {
        Directory.CreateDirectory(Path.Combine(Mailbox, ".Sent", "cur"));
        await File.WriteAllTextAsync(Path.Combine(Mailbox, ".Sent", "cur", "1.x.host,S=700:2,S"), "short", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(Mailbox, "cur"));
        await File.WriteAllTextAsync(Path.Combine(Mailbox, "cur", "2.x.host:2,"), "five!", TestContext.Current.CancellationToken);
        Assert.Equal(["deferred 4.2.2"], await DeliverAsync($"DEFAULT_MAILBOX_QUOTA={704 + Octets}\n"));
        Assert.Equal(["delivered"], await DeliverAsync($"DEFAULT_MAILBOX_QUOTA={705 + Octets}\n"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("999S\n10 1\n")]
    [InlineData("1000000S\nx y\n")]
    [InlineData("1000000S\n999999 3 4\n")]
    public async Task File_that_does_not_say_is_written_anew(string content)
    {
        Directory.CreateDirectory(Mailbox);
        await File.WriteAllTextAsync(SizeFile, content, TestContext.Current.CancellationToken);
        Assert.Equal(["delivered"], await DeliverAsync("DEFAULT_MAILBOX_QUOTA=1000000\n"));
        Assert.Equal(["1000000S", "0 0", $"{Octets} 1"], await SizeLinesAsync());
    }

    [Fact]
    public async Task Without_a_quota_there_is_no_file()
    {
        Assert.Equal(["delivered"], await DeliverAsync(""));
        Assert.False(File.Exists(SizeFile));
    }

    private Task<string[]> SizeLinesAsync() => File.ReadAllLinesAsync(SizeFile, TestContext.Current.CancellationToken);

    private async Task<string[]> DeliverAsync(string options)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(("option.dat", old => old + options));
        DeliveryAttempt attempt = Attempts.For(snapshot, snapshot.Channels.FindByName(new ChannelName("ims-ms"))!, ["bob@ims-ms-daemon"]);
        MaildirStore store = new(_directory.Combine("store"), "mail.example.com", TimeProvider.System);
        return Attempts.Words(await new FinalDelivery(new MaildirDelivery(store)).DeliverAsync(attempt, TestContext.Current.CancellationToken));
    }
}
