using System.Text;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Admission;

/// <summary>What lists do with a posting once its content is there.</summary>
public sealed class ListContentTests
{
    private const string Lists = """

        news: <news.dis, [ENVELOPE_FROM] owner@example.com, [BLOCKLIMIT] 2, [TAG] [news], [MAXRCPT_PER_COPY] 2
        all: <all.dis, [ENVELOPE_FROM] all-owner@example.com
        secret: [PASSWORD] sesame, [LINELIMIT] 20, bob, x@other.example
        quiet: <news.dis, [ENVELOPE_FROM] owner@example.com, [NORECEIVEDFOR] NONE, [RECEIVEDFROM] NONE
        owner: carl
        all-owner: carl
        hidden: :nosuch@example.com
        both: hidden@example.com, bob

        """;

    /// <summary>Keeps what is sent in the queue, so that it can be read after the attempt.</summary>
    private static readonly RecipientOutcome NotNow = new RecipientOutcome.Deferred(new DeliveryFault(DeliveryPhase.Connect, new(4, 4, 1), "not now"), HostFault: false);

    private static readonly string Large = $"Subject: hi\r\n\r\n{string.Concat(Enumerable.Repeat("0123456789012345678901234567890123456789012345678901234567890\r\n", 60))}";

    private static ConfigurationSnapshot Snapshot() => Site.Snapshot(
        ("aliases", old => old + Lists),
        ("news.dis", _ => "a@other.example\nb@other.example\nc@other.example\n"),
        ("all.dis", _ => "news@example.com\nbob@example.com\n"));

    [Fact]
    public async Task Copy_leaves_with_the_header_the_list_made()
    {
        (ServerBench bench, string? reply) = await PostAsync("Return-Path: <x@y.test>\r\nSubject: hi\r\nX-Long: a\r\n b\r\n\r\nbody\r\n\r\nmore\r\n", "news@example.com");
        await using ServerBench posted = bench;
        Assert.StartsWith("250", reply);
        QueuedMessage message = await MessageAsync(bench);
        Assert.Equal([2, 1], message.Copies.Select(c => c.Recipients.Length));
        foreach (QueuedCopy copy in message.Copies)
        {
            Assert.Equal("owner@example.com", copy.ReversePath);
            string sent = await SentAsync(bench, copy);
            Assert.StartsWith("Received: from client.test", sent);
            Assert.EndsWith(
                "List-Id: <news.example.com>\r\nList-Post: <mailto:news@example.com>\r\nSubject: [news] hi\r\nX-Long: a\r\n b\r\n\r\nbody\r\n\r\nmore\r\n", sent);
            Assert.DoesNotContain("Return-Path", sent);
        }
    }

    [Theory]
    [InlineData("\r\nbody only\r\n", "\r\nbody only\r\n")]
    [InlineData("no header at all\r\n", "no header at all\r\n\r\n")]
    [InlineData("Subject: ends with the header\r\n\r\n", "\r\n")]
    public async Task Any_content_gets_a_header_and_keeps_its_body(string content, string end)
    {
        (ServerBench bench, string? reply) = await PostAsync(content, "quiet@example.com");
        await using ServerBench posted = bench;
        Assert.StartsWith("250", reply);
        string sent = await SentAsync(bench, (await MessageAsync(bench)).Copies[0]);
        Assert.Contains("\r\nList-Id: <quiet.example.com>\r\n", sent);
        Assert.EndsWith(end, sent);
    }

    [Fact]
    public async Task Received_line_says_what_the_list_lets_it_say()
    {
        (ServerBench bench, _) = await PostAsync("Subject: hi\r\n\r\n", "quiet@example.com");
        await using ServerBench posted = bench;
        string sent = await SentAsync(bench, (await MessageAsync(bench)).Copies[0]);
        Assert.Contains("(original mail from s@ext.example)", sent);
        Assert.DoesNotContain("for <quiet@example.com>", sent);
    }

    [Fact]
    public async Task Posting_too_large_for_its_only_list_is_refused()
    {
        (ServerBench bench, string? reply) = await PostAsync(Large, "news@example.com");
        await using ServerBench posted = bench;
        Assert.Equal("552 5.2.3 message exceeds the size limit of the list", reply);
        Assert.Empty(await bench.ListAsync());
    }

    [Fact]
    public async Task Posting_too_large_for_one_list_reaches_the_others()
    {
        (ServerBench bench, string? reply) = await PostAsync(Large, "news@example.com", "bob@example.com");
        await using ServerBench posted = bench;
        Assert.StartsWith("250", reply);
        Assert.Equal(["ims-ms: s@ext.example -> bob@ims-ms-daemon", "reprocess: s@ext.example -> news@example.com"], await QueuedAsync(bench));
        (QueuedRecipient? told, string? to) = await FailureAsync(Snapshot(), "news@example.com", Large);
        Assert.StartsWith("5.2.3", told!.LastReply);
        Assert.Equal("s@ext.example", to);
    }

    [Fact]
    public async Task Inner_list_that_is_too_small_is_told_to_the_outer_owner()
    {
        (ServerBench bench, string? reply) = await PostAsync(Large, "all@example.com");
        await using ServerBench posted = bench;
        Assert.StartsWith("250", reply);
        Assert.Equal(["ims-ms: all-owner@example.com -> bob@ims-ms-daemon", "reprocess: all-owner@example.com -> news@example.com"], await QueuedAsync(bench));
    }

    [Fact]
    public async Task Password_is_asked_for_and_taken_out()
    {
        (ServerBench bench, string? refused) = await PostAsync("Subject: hi\r\n\r\n", "secret@example.com");
        await bench.DisposeAsync();
        Assert.StartsWith("550 5.7.1", refused);
        (bench, string? reply) = await PostAsync("Approved: sesame\r\nSubject: hi\r\n\r\n", "secret@example.com");
        await using ServerBench posted = bench;
        Assert.StartsWith("250", reply);
        Assert.DoesNotContain("sesame", await SentAsync(bench, (await MessageAsync(bench)).Copies[0]));
    }

    [Fact]
    public async Task Lines_are_counted()
    {
        (ServerBench bench, string? reply) = await PostAsync($"Approved: sesame\r\n\r\n{string.Concat(Enumerable.Repeat("x\r\n", 19))}", "secret@example.com");
        await using ServerBench posted = bench;
        Assert.StartsWith("552 5.2.3", reply);
    }

    [Fact]
    public async Task Posting_that_comes_back_is_held()
    {
        (ServerBench bench, string? reply) = await PostAsync("List-Id: News <news.example.com>\r\n\r\n", "news@example.com");
        await using ServerBench posted = bench;
        Assert.StartsWith("250", reply);
        Assert.All(await bench.ListAsync(), e => Assert.Equal((RecipientState.Held, "list-loop"), (e.State, e.HoldReason)));
    }

    [Fact]
    public async Task Hidden_address_is_in_no_notification()
    {
        (ServerBench bench, string? reply) = await PostAsync("Subject: hi\r\n\r\n", "both@example.com");
        await using ServerBench posted = bench;
        Assert.StartsWith("250", reply);
        QueuedCopy copy = (await MessageAsync(bench)).Copies.Single(c => c.Channel == "reprocess");
        Assert.Equal("hidden@example.com", Assert.Single(copy.Recipients).ShownAs);
        await using DeliveryBench delivery = new(_ => NotNow, _ => NotNow, Snapshot());
        string text = await NotificationAsync(delivery, await delivery.EnqueueAsync("reprocess", "nosuch@example.com", from: "carl@example.com", shownAs: "hidden@example.com"));
        Assert.Contains("Final-Recipient: rfc822; hidden@example.com", text);
        Assert.Contains("Status: 5.1.1", text);
        Assert.DoesNotContain("nosuch", text);
    }

    private static async Task<string> NotificationAsync(DeliveryBench delivery, QueueId original)
    {
        await delivery.Store.AskedAsync();
        DeliveryAttempt attempt = delivery.Store.Attempts.First();
        Assert.Equal(original.ToString(), attempt.Copy.Envelope.ParentId);
        await using Stream stream = await attempt.OpenMessage(TestContext.Current.CancellationToken);
        using StreamReader reader = new(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>What the reprocess channel makes of a list that refused the content, and who is told.</summary>
    private static async Task<(QueuedRecipient? Recipient, string? To)> FailureAsync(ConfigurationSnapshot snapshot, string list, string content)
    {
        await using DeliveryBench delivery = new(_ => NotNow, snapshot: snapshot);
        QueueId id = await delivery.EnqueueAsync("reprocess", list, letter: content);
        await delivery.Smtp.AskedAsync();
        DeliveryAttempt notification = delivery.Smtp.Attempts.First();
        Assert.Equal(("", id.ToString()), (notification.Copy.ReversePath, notification.Copy.Envelope.ParentId));
        await using Stream stream = await notification.OpenMessage(TestContext.Current.CancellationToken);
        using StreamReader reader = new(stream);
        string text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        string status = text.Split("Status: ")[1].Split("\r\n")[0];
        return (new QueuedRecipient(0, list, "", null, DsnNotify.None, true, RecipientState.Failed, 1, default, status, null, null, false), notification.Copy.Recipients[0].Address);
    }

    private static async Task<(ServerBench Bench, string? Reply)> PostAsync(string content, params string[] recipients)
    {
        ServerBench bench = new(Snapshot());
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        foreach (string recipient in recipients) Assert.StartsWith("250", await client.SayAsync($"RCPT TO:<{recipient}>"));
        await client.SayAsync("DATA");
        await client.SendAsync($"{content}.\r\n");
        return (bench, await client.ReplyAsync());
    }

    private static async Task<QueuedMessage> MessageAsync(ServerBench bench) =>
        (await bench.Queue.FindAsync((await bench.ListAsync())[0].Id, TestContext.Current.CancellationToken))!;

    private static async Task<string> SentAsync(ServerBench bench, QueuedCopy copy)
    {
        Stream content = await bench.Queue.OpenContentAsync(copy.Envelope.Id, TestContext.Current.CancellationToken);
        await using Stream sent = await CopyStream.OpenAsync(copy.HeaderBlock, content, TestContext.Current.CancellationToken);
        using StreamReader reader = new(sent, Encoding.UTF8);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<IEnumerable<string>> QueuedAsync(ServerBench bench) =>
        (await bench.ListAsync()).Select(e => $"{e.Channel}: {e.ReversePath} -> {e.Recipient}").Order(StringComparer.Ordinal);
}
