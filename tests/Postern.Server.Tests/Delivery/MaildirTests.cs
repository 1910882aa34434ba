using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Maildir;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

public sealed class MaildirTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Message_stands_in_new_with_its_trace_lines_and_nothing_in_tmp()
    {
        Assert.Equal(["delivered"], Attempts.Words(await DeliverAsync(["bob@ims-ms-daemon"], original: "rfc822;Bob@example.com")));
        string file = Assert.Single(Directory.GetFiles(Folder("example.com", "bob", "new")));
        string text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Equal($"Return-Path: <s@ext.example>\r\nDelivered-To: Bob@example.com\r\n{Attempts.Letter}", text);
        Assert.EndsWith($",S={text.Length}", file);
        Assert.Empty(Directory.GetFiles(Folder("example.com", "bob", "tmp")));
        Assert.True(Directory.Exists(Folder("example.com", "bob", "cur")));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
        foreach (string folder in (string[])[Folder(), Folder("example.com"), Folder("example.com", "bob"), Folder("example.com", "bob", "new")])
            Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
    }

    [Theory]
    [InlineData("bob@ims-ms-daemon", "example.com/bob")]
    [InlineData("bob+folder@ims-ms-daemon", "example.com/bob")]
    [InlineData("Bob%Second.example@ims-ms-daemon", "second.example/bob")]
    [InlineData("bob%second.example+folder@ims-ms-daemon", "second.example/bob")]
    [InlineData("\"a b\"@ims-ms-daemon", "example.com/a b")]
    [InlineData("\"../../x\"@ims-ms-daemon", null)]
    [InlineData("\"a/b\"@ims-ms-daemon", null)]
    [InlineData("a%..@ims-ms-daemon", null)]
    [InlineData("\".hidden\"@ims-ms-daemon", null)]
    [InlineData("\"a\\\\b\"@ims-ms-daemon", null)]
    public async Task Address_names_a_folder_of_the_store_or_none(string recipient, string? folder)
    {
        string[] words = Attempts.Words(await DeliverAsync([recipient]));
        if (folder is null)
        {
            Assert.Equal(["failed 5.1.1"], words);
            Assert.False(Directory.Exists(Folder()));
            return;
        }

        Assert.Equal(["delivered"], words);
        Assert.Single(Directory.GetFiles(Path.Combine(Folder(), folder, "new")));
    }

    [Fact]
    public async Task Own_Delivered_To_is_a_loop_for_that_mailbox_alone()
    {
        string content = "X: y\r\nDelivered-To:\r\n\tBOB@ims-ms-daemon\r\n" + Attempts.Letter;
        Assert.Equal(["failed 5.4.6", "delivered"], Attempts.Words(await DeliverAsync(["bob@ims-ms-daemon", "carl@ims-ms-daemon"], content)));
    }

    [Fact]
    public async Task Delivered_To_in_the_body_is_text() =>
        Assert.Equal(["delivered"], Attempts.Words(await DeliverAsync(["bob@ims-ms-daemon"], Attempts.Letter + "Delivered-To: bob@ims-ms-daemon\r\n")));

    [Fact]
    public async Task Store_that_cannot_be_written_defers_and_leaves_nothing()
    {
        await File.WriteAllTextAsync(_directory.Combine("store"), "in the way", TestContext.Current.CancellationToken);
        Assert.Equal(["deferred 4.3.0"], Attempts.Words(await DeliverAsync(["bob@ims-ms-daemon"])));
    }

    [Fact]
    public async Task Half_written_message_is_removed()
    {
        MaildirStore store = new(Folder(), "mail.example.com", TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(() => store.DeliverAsync(
            "example.com/bob",
            subfolder: null,
            new MailboxQuota(null, null),
            async (file, ct) =>
            {
                await file.WriteAsync("half"u8.ToArray(), ct);
                throw new IOException("disk");
            },
            TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(Folder(), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Many_deliveries_at_one_instant_have_names_of_their_own()
    {
        FinalDelivery delivery = new(new MaildirDelivery(new MaildirStore(Folder(), "ma/il:1", new FakeTime())));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => delivery.DeliverAsync(Attempt(["bob@ims-ms-daemon"]), TestContext.Current.CancellationToken)));
        string[] files = Directory.GetFiles(Folder("example.com", "bob", "new"));
        Assert.Equal(50, files.Length);
        Assert.All(files, f => Assert.Contains(".ma\\057il\\0721,S=", f));
    }

    [Theory]
    [InlineData("bob+Lists@ims-ms-daemon", ".Lists/new")]
    [InlineData("bob+lists@ims-ms-daemon", "new")]
    [InlineData("bob+none@ims-ms-daemon", "new")]
    [InlineData("\"bob+../../carl\"@ims-ms-daemon", "new")]
    [InlineData("\"bob+.Lists\"@ims-ms-daemon", "new")]
    public async Task Subaddress_is_a_folder_where_there_is_one(string recipient, string folder)
    {
        Directory.CreateDirectory(Folder("example.com", "bob", ".Lists"));
        Assert.Equal(["delivered"], Attempts.Words(await DeliverAsync([recipient])));
        Assert.Single(Directory.GetFiles(Folder("example.com", "bob", folder)));
    }

    private string Folder(params ReadOnlySpan<string> parts) => Path.Combine([_directory.Combine("store"), .. parts]);

    private static DeliveryAttempt Attempt(string[] recipients, string content = Attempts.Letter, string? original = null) =>
        Attempts.For(Snapshot, Snapshot.Channels.FindByName(new ChannelName("ims-ms"))!, recipients, content, original: original);

    private Task<ImmutableArray<RecipientOutcome>> DeliverAsync(string[] recipients, string content = Attempts.Letter, string? original = null) =>
        new FinalDelivery(new MaildirDelivery(new MaildirStore(Folder(), "mail.example.com", TimeProvider.System)))
            .DeliverAsync(Attempt(recipients, content, original), TestContext.Current.CancellationToken);
}
