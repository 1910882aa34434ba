using System.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Headers;

namespace Postern.Server.Tests.Admission;

/// <summary>The header of a copy: rewritten for its destination channel, or the very octets that came.</summary>
public sealed class HeaderRewritingTests
{
    private const string Letter = "From: A <a@old.test>\r\nTo: bob@example.com,\r\n u@in.test (U)\r\nSubject: hello\r\n\r\nTo: x@old.test\r\n";

    [Fact]
    public async Task Letter_that_needs_no_change_is_the_same_octets()
    {
        await using ServerBench bench = new();
        List<(string Channel, string Text)> copies = await SendAsync(bench, Letter, "bob@example.com", "u@in.test");
        Assert.Equal(["ims-ms", "tcp_intranet"], copies.Select(c => c.Channel).Order());
        Assert.All(copies, c =>
        {
            Assert.StartsWith("Received: from client.test ", c.Text, StringComparison.Ordinal);
            Assert.EndsWith("\r\n" + Letter, c.Text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Each_destination_channel_has_the_header_its_rules_make()
    {
        await using ServerBench bench = new(WithRules("old.test  $B$U%new.test@tcp_local-daemon$Qtcp_intranet"));
        List<(string Channel, string Text)> copies = await SendAsync(bench, Letter, "bob@example.com", "u@in.test");
        Assert.EndsWith("\r\n" + Letter, copies.Single(c => c.Channel == "ims-ms").Text, StringComparison.Ordinal);
        string changed = Letter.Replace("<a@old.test>", "<a@new.test>", StringComparison.Ordinal);
        Assert.EndsWith("\r\n" + changed, copies.Single(c => c.Channel == "tcp_intranet").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bare_address_is_completed_with_the_name_of_the_client()
    {
        await using ServerBench bench = new();
        List<(string Channel, string Text)> copies = await SendAsync(bench, "From: joe\r\nTo: Bob <bob>\r\n\r\nbody\r\n", "bob@example.com");
        Assert.EndsWith("\r\nFrom: joe@client.test\r\nTo: Bob <bob@client.test>\r\n\r\nbody\r\n", Assert.Single(copies).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\r\nno header\r\n")]
    [InlineData("no empty line a@old.test\r\n")]
    [InlineData("From: a@old.test\r\n")]
    public async Task Letter_without_a_whole_header_stays(string letter)
    {
        await using ServerBench bench = new(WithRules("old.test  $B$U%new.test@tcp_local-daemon"));
        Assert.EndsWith("\r\n" + letter, Assert.Single(await SendAsync(bench, letter, "bob@example.com")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_handed_back_is_rewritten_for_the_channel_it_goes_to()
    {
        TaskCompletionSource<string> text = new();
        await using DeliveryBench bench = new(
            attempt =>
            {
                using Stream message = attempt.OpenMessage(CancellationToken.None).GetAwaiter().GetResult();
                using StreamReader reader = new(message);
                text.SetResult(reader.ReadToEnd());
                return new RecipientOutcome.Delivered("ok");
            },
            snapshot: WithRules("ext.example  $B$U%public.example@tcp_local-daemon$Qtcp_local$1M"));
        await bench.EnqueueAsync("reprocess", "v@other.example", letter: "From: s@ext.example\r\n\r\nbody\r\n");
        string message = await text.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("Received: ", message, StringComparison.Ordinal);
        Assert.EndsWith("\r\nFrom: s@public.example\r\n\r\nbody\r\n", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Copy_that_has_a_header_of_its_own_is_rewritten_in_that()
    {
        MailPolicy policy = new(WithRules("old.test  $B$U%new.test@tcp_local-daemon"));
        SessionFacts facts = new(new ClientConnection(null, 0, null, 0, "smtp"), new SourceChannel(new("tcp_local"), new("tcp_local"), SourceChannelReason.Listener, ""));
        NewCopy copy = new("tcp_local", "", "Received: x\r\nList-Id: <l.test>\r\nReply-To: l@old.test\r\n\r\n"u8.ToArray(), null, []);
        NewCopy changed = Assert.Single(HeaderRewriting.Apply([copy], "Reply-To: other@old.test\r\n"u8.ToArray(), policy, facts));
        Assert.Equal("Received: x\r\nList-Id: <l.test>\r\nReply-To: l@new.test\r\n\r\n", Encoding.ASCII.GetString(changed.HeaderBlock.Span));
    }

    [Fact]
    public async Task Whole_header_takes_the_place_of_the_contents_own()
    {
        byte[] body = new byte[100_000];
        new Random(1).NextBytes(body);
        byte[] content = [.. Encoding.ASCII.GetBytes($"X: {new string('x', 20_000)}\r\n\r\n"), .. body];
        foreach ((string block, byte[] expected) in ((string, byte[])[])[("Y: y\r\n\r\n", body), ("Y: y\r\n", content), ("", content)])
        {
            await using Stream message = await CopyStream.OpenAsync(Encoding.ASCII.GetBytes(block), new MemoryStream(content), TestContext.Current.CancellationToken);
            using MemoryStream read = new();
            await message.CopyToAsync(read, TestContext.Current.CancellationToken);
            Assert.Equal([.. Encoding.ASCII.GetBytes(block), .. expected], read.ToArray());
        }
    }

    [Fact]
    public async Task Content_whose_header_is_gone_is_not_delivered() => await Assert.ThrowsAsync<QueueReadException>(() =>
        CopyStream.OpenAsync("Y: y\r\n\r\n"u8.ToArray(), new MemoryStream(new byte[2 * HeaderFields.MaximumLength]), TestContext.Current.CancellationToken));

    private static ConfigurationSnapshot WithRules(string rules) => Site.Snapshot(("postern.cnf", text => $"{rules}\n{text}"));

    private static async Task<List<(string Channel, string Text)>> SendAsync(ServerBench bench, string letter, params string[] recipients)
    {
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        foreach (string recipient in recipients) Assert.StartsWith("250", await client.SayAsync($"RCPT TO:<{recipient}>"));
        Assert.StartsWith("354", await client.SayAsync("DATA"));
        Assert.StartsWith("250", await client.SayAsync($"{letter}."));
        QueueId id = (await bench.ListAsync())[0].Id;
        QueuedMessage? message = await bench.Queue.FindAsync(id, TestContext.Current.CancellationToken);
        List<(string, string)> copies = [];
        foreach (QueuedCopy copy in message!.Copies)
        {
            await using Stream stream = await CopyStream.OpenAsync(
                copy.HeaderBlock, await bench.Queue.OpenContentAsync(id, TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
            using StreamReader reader = new(stream);
            copies.Add((copy.Channel, await reader.ReadToEndAsync(TestContext.Current.CancellationToken)));
        }

        return copies;
    }
}
