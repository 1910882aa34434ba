using System.Text;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

public sealed class SessionRunnerTests
{
    private const string Letter = "Subject: hello\r\n\r\nbody\r\n..dot\r\n.\r\n";

    [Fact]
    public async Task Message_is_queued_before_the_250()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync();
        Assert.StartsWith("250 2.1.0", await client.SayAsync("MAIL FROM:<s@ext.example>"));
        Assert.StartsWith("250 2.1.5", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.StartsWith("354", await client.SayAsync("DATA"));
        await client.SendAsync(Letter);
        string? reply = await client.ReplyAsync();
        QueueEntry entry = Assert.Single(await bench.ListAsync());
        Assert.Equal($"250 2.0.0 queued as {entry.Id}", reply);
        Assert.Equal(("ims-ms", "bob@ims-ms-daemon", "s@ext.example"), (entry.Channel, entry.Recipient, entry.ReversePath));

        QueuedMessage message = (await bench.Queue.FindAsync(entry.Id, TestContext.Current.CancellationToken))!;
        string trace = Encoding.UTF8.GetString(message.Copies[0].HeaderBlock!.Value.Span);
        Assert.StartsWith($"Received: from client.test ([{ServerBench.Outsider}])\r\n\tby mail.example.com with ESMTP\r\n\tid {entry.Id}\r\n\tfor <bob@example.com>;", trace);
        Assert.Equal("tcp_local", message.Envelope.SourceChannel);
        await using Stream content = await bench.Queue.OpenContentAsync(entry.Id, TestContext.Current.CancellationToken);
        using StreamReader reader = new(content);
        Assert.Equal("Subject: hello\r\n\r\nbody\r\n.dot\r\n", await reader.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("221", await client.SayAsync("QUIT"));
        Assert.Null(await client.ReplyAsync());
    }

    [Fact]
    public async Task Relaying_is_refused_and_the_refusal_can_be_looked_up()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        string reply = (await client.SayAsync("RCPT TO:<v@other.example>"))!;
        Assert.StartsWith("550 5.7.1 Relaying not permitted: v@other.example [", reply);
        string id = reply[(reply.LastIndexOf('[') + 1)..^1];
        string told = DecisionText.FromJson(DecisionLog.Find(bench.DecisionFile, id)!);
        Assert.Contains("tcp_local|s@ext.example|tcp_local|v@other.example", told);
        Assert.Contains("<- decides", told);
        Assert.Null(DecisionLog.Find(bench.DecisionFile, "00000000"));
        Assert.StartsWith("554 5.5.1", await client.SayAsync("DATA"));
        Assert.Empty(await bench.ListAsync());
    }

    [Fact]
    public async Task A_full_disk_is_told_at_mail_for_the_announced_size_and_goes_when_space_returns()
    {
        FailingQueue? disk = null;
        await using ServerBench bench = new(disk: queue => disk = new FailingQueue(queue) { Room = 5000 });
        Connection client = await bench.GreetAsync();
        Assert.StartsWith("452 4.3.1", await client.SayAsync("MAIL FROM:<s@ext.example> SIZE=5001"));
        Assert.StartsWith("503", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<s@ext.example> SIZE=5000"));
        await client.SayAsync("RSET");
        disk!.Room = -1;
        Assert.StartsWith("452 4.3.1", await client.SayAsync("MAIL FROM:<s@ext.example>"));
        disk.Room = 0;
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<s@ext.example>"));
    }

    [Fact]
    public async Task Internal_client_may_relay()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync("MAIL FROM:<bob@example.com>");
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<v@other.example>"));
    }

    [Fact]
    public async Task Delay_of_an_access_table_is_waited_on_the_clock()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SendAsync("RCPT TO:<u%x.test@in.test>\r\n");
        await bench.Time.TimerAsync(TimeSpan.FromMilliseconds(300));
        Assert.False(client.HasUnreadReply);
        bench.Time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.StartsWith("550 5.7.1 Explicit routing not allowed", await client.ReplyAsync());

        // A positive $D slows every later command of the transaction.
        await client.SendAsync("RCPT TO:<bob@example.com>\r\n");
        await bench.Time.TimerAsync(TimeSpan.FromMilliseconds(300));
        bench.Time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.StartsWith("250", await client.ReplyAsync());
    }

    [Fact]
    public async Task Talking_before_the_greeting_is_refused()
    {
        await using ServerBench bench = new();
        Connection client = bench.Connect(early: "EHLO early.test\r\n");
        Assert.StartsWith("503 5.5.1", await client.ReplyAsync());
        Assert.Null(await client.ReplyAsync());
    }

    [Fact]
    public async Task Pipelined_group_is_answered_in_order()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync();
        await client.SendAsync("MAIL FROM:<s@ext.example>\r\nRCPT TO:<bob@example.com>\r\nRCPT TO:<v@other.example>\r\nRCPT TO:<carl@example.com>\r\nDATA\r\n");
        Assert.StartsWith("250 2.1.0", await client.ReplyAsync());
        Assert.StartsWith("250 2.1.5", await client.ReplyAsync());
        Assert.StartsWith("550 5.7.1", await client.ReplyAsync());
        Assert.StartsWith("250 2.1.5", await client.ReplyAsync());
        Assert.StartsWith("354", await client.ReplyAsync());
        await client.SendAsync(Letter + "NOOP\r\n");
        Assert.StartsWith("250 2.0.0 queued", await client.ReplyAsync());
        Assert.StartsWith("250 2.0.0", await client.ReplyAsync());
        Assert.Equal(2, (await bench.ListAsync()).Count);
    }

    [Fact]
    public async Task Endless_pipeline_does_not_keep_its_replies_in_memory()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync();
        Task sending = client.SendAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", 20_000)));
        for (int i = 0; i < 20_000; i++) Assert.StartsWith("250", await client.ReplyAsync());
        await sending;
    }

    [Fact]
    public async Task Command_behind_STARTTLS_ends_the_session()
    {
        await using ServerBench bench = new(withTls: true);
        Connection client = await bench.GreetAsync();
        await client.SendAsync("STARTTLS\r\nMAIL FROM:<s@ext.example>\r\n");
        Assert.StartsWith("503 5.5.1", await client.ReplyAsync());
        Assert.Null(await client.ReplyAsync());
    }

    [Fact]
    public async Task Silent_client_is_timed_out_and_trickling_octets_win_no_time()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync();
        await bench.Time.TimerAsync(TimeSpan.FromMinutes(5));
        bench.Time.Advance(TimeSpan.FromMinutes(4));
        await client.SendAsync("NO");
        bench.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.StartsWith("421 4.4.2", await client.ReplyAsync());
        Assert.Null(await client.ReplyAsync());
    }

    [Fact]
    public async Task Session_ends_after_an_hour()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync();
        for (int i = 0; i < 14; i++)
        {
            bench.Time.Advance(TimeSpan.FromMinutes(4));
            Assert.StartsWith("250", await client.SayAsync("NOOP"));
        }

        await bench.Time.TimerAsync(TimeSpan.FromMinutes(4));
        bench.Time.Advance(TimeSpan.FromMinutes(4));
        Assert.StartsWith("421", await client.ReplyAsync());
    }

    [Fact]
    public async Task Content_that_stops_is_timed_out_and_not_queued()
    {
        await using ServerBench bench = new();
        Connection client = await InContentAsync(bench);
        await client.SendAsync("Subject: half\r\n");
        await bench.Time.TimerAsync(TimeSpan.FromMinutes(10));
        bench.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.StartsWith("421 4.4.2", await client.ReplyAsync());
        Assert.Null(await client.ReplyAsync());
        Assert.Empty(await bench.ListAsync());
    }

    [Fact]
    public async Task Content_that_trickles_is_cut()
    {
        await using ServerBench bench = new();
        Connection client = await InContentAsync(bench);
        await bench.Time.TimerAsync(TimeSpan.FromMinutes(10));
        bench.Time.Advance(TimeSpan.FromMinutes(6));
        await client.SendAsync("x");
        Assert.StartsWith("421 4.4.2", await client.ReplyAsync());
    }

    [Fact]
    public async Task Client_that_hangs_up_inside_content_leaves_nothing()
    {
        await using ServerBench bench = new();
        Connection client = await InContentAsync(bench);
        await client.SendAsync("Subject: half\r\n");
        await client.HangUpAsync();
        Assert.Null(await client.ReplyAsync());
        Assert.Empty(await bench.ListAsync());
    }

    [Fact]
    public async Task Client_that_half_closes_gets_all_its_replies()
    {
        await using ServerBench bench = new();
        Connection client = bench.Connect();
        Assert.StartsWith("220", await client.ReplyAsync());
        await client.SendAsync("EHLO c.test\r\n");
        Assert.StartsWith("250", await client.ReplyAsync());
        await client.SendAsync("MAIL FROM:<s@ext.example>\r\nRCPT TO:<bob@example.com>\r\nNOOP\r\n");
        await client.HangUpAsync();
        for (int i = 0; i < 3; i++) Assert.StartsWith("250", await client.ReplyAsync());
        Assert.Null(await client.ReplyAsync());
    }

    [Theory]
    [InlineData("a\nb\r\n.\r\n", "550 5.6.0 message contains a bare line feed")]
    [InlineData("a\r\n.\n.\r\n\r\n.\r\n", "550 5.6.0 message contains a bare line feed")]
    [InlineData("a\rb\r\n.\r\n", "550 5.6.0 message contains a bare carriage return")]
    public async Task Bad_content_is_refused_once_and_the_session_goes_on(string content, string reply)
    {
        await using ServerBench bench = new();
        Connection client = await InContentAsync(bench);
        await client.SendAsync(content);
        Assert.Equal(reply, await client.ReplyAsync());
        Assert.StartsWith("250", await client.SayAsync("NOOP"));
        Assert.Empty(await bench.ListAsync());
    }

    [Fact]
    public async Task Stopping_server_ends_idle_sessions_and_lets_content_finish()
    {
        await using ServerBench bench = new();
        Connection idle = await bench.GreetAsync();
        Connection busy = await InContentAsync(bench);
        bench.Stop();
        Assert.StartsWith("421 4.3.2", await idle.ReplyAsync());
        Assert.Null(await idle.ReplyAsync());
        await busy.SendAsync(Letter);
        Assert.StartsWith("250 2.0.0 queued", await busy.ReplyAsync());
        Assert.StartsWith("421 4.3.2", await busy.ReplyAsync());
    }

    [Fact]
    public async Task Reload_takes_effect_at_the_next_MAIL()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync("MAIL FROM:<bob@example.com>");
        ConfigurationResult closed = Site.Load(2, ("mappings", text => text.Replace("10.0.0.0/8", "10.9.0.0/16")));
        Assert.True(bench.Live.TryReplace(closed, out _));
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<v@other.example>"));
        await client.SayAsync("RSET");
        await client.SayAsync("MAIL FROM:<bob@example.com>");
        Assert.StartsWith("550 5.7.1 Relaying not permitted", await client.SayAsync("RCPT TO:<v@other.example>"));
    }

    [Fact]
    public async Task Password_is_not_taken_in_the_clear()
    {
        await using ServerBench bench = new();
        Connection client = bench.Connect(service: "submission");
        await client.ReplyAsync();
        Assert.DoesNotContain("AUTH", await client.SayAsync("EHLO c.test"));
        Assert.StartsWith("530 5.7.0", await client.SayAsync("MAIL FROM:<bob@example.com>"));
        Assert.DoesNotContain("235", await client.SayAsync("AUTH PLAIN " + Convert.ToBase64String("\0bob@example.com\0secret words 9"u8)));
    }

    [Fact]
    public async Task Loop_is_held()
    {
        await using ServerBench bench = new();
        Connection client = await InContentAsync(bench);
        await client.SendAsync(string.Concat(Enumerable.Repeat("Received: from a by b\r\n", 51)) + "\r\nx\r\n.\r\n");
        Assert.StartsWith("250", await client.ReplyAsync());
        QueueEntry entry = Assert.Single(await bench.ListAsync());
        Assert.Equal(RecipientState.Held, entry.State);
        Assert.Contains("loop", entry.HoldReason);
    }

    private static async Task<Connection> InContentAsync(ServerBench bench)
    {
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        Assert.StartsWith("354", await client.SayAsync("DATA"));
        return client;
    }
}
