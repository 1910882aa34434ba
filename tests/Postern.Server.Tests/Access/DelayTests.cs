using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Access;

/// <summary>Delayed refusals wait on the clock and nowhere else.</summary>
public sealed class DelayTests
{
    private const int Sessions = 500;

    [Fact]
    public async Task Five_hundred_delayed_refusals_hold_no_thread_and_nobody_else()
    {
        await using ServerBench bench = new(Site.Snapshot(("mappings", t => t + "\nORIG_MAIL_ACCESS\n\n  *|slow@*  $N$D5000|Wait\n")));
        List<Connection> waiting = [];
        for (int i = 0; i < Sessions; i++)
        {
            Connection client = await bench.GreetAsync();
            Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<slow@ext.example>"));
            waiting.Add(client);
        }

        foreach (Connection client in waiting) await client.SendAsync("RCPT TO:<slow@example.com>\r\n");
        while (bench.Time.Waiting(TimeSpan.FromSeconds(50)) < Sessions) await Task.Yield();

        // INVARIANT of the runner: one loop of awaits a session. A thread each would make five hundred of them.
        Assert.True(ThreadPool.ThreadCount < Sessions / 2, $"{ThreadPool.ThreadCount} threads for {Sessions} waiting sessions");
        Assert.All(waiting, c => Assert.False(c.HasUnreadReply));

        Connection other = await bench.GreetAsync();
        Assert.StartsWith("250", await other.SayAsync("MAIL FROM:<s@ext.example>"));
        Assert.StartsWith("250", await other.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.All(waiting, c => Assert.False(c.HasUnreadReply));

        bench.Time.Advance(TimeSpan.FromSeconds(50));
        foreach (Connection client in waiting) Assert.StartsWith("550 5.7.1 Wait: slow@example.com [", await client.ReplyAsync());
    }

    [Fact]
    public async Task Negative_delay_is_for_its_own_reply_only()
    {
        await using ServerBench bench = new(Site.Snapshot(("mappings", t => t + "\nORIG_MAIL_ACCESS\n\n  *|slow@*  $N$D-30|Wait\n")));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SendAsync("RCPT TO:<slow@example.com>\r\n");
        await bench.Time.TimerAsync(TimeSpan.FromMilliseconds(300));
        bench.Time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.StartsWith("550", await client.ReplyAsync());
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<bob@example.com>"));
    }
}
