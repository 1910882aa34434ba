using System.Text;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>What the options of source and destination channels do to a session.</summary>
public sealed class ChannelLimitTests
{
    private static readonly string LongLine = new('x', 1200);

    [Theory]
    [InlineData("rejectsmtplonglines", "550 5.6.0 message contains a line longer than 998 octets", "")]
    [InlineData("truncatesmtplonglines", "250 2.0.0", "998")]
    [InlineData("wrapsmtplonglines", "250 2.0.0", "998 202")]
    public async Task Long_lines_follow_the_initial_channel(string option, string reply, string lines)
    {
        await using ServerBench bench = new(With("tcp_local", option));

        // The client is internal: its session is switched to tcp_intranet, which has no say in this.
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        Assert.StartsWith(reply, await SendAsync(client, "bob@example.com", $"Subject: x\r\n\r\n{LongLine}\r\n"));
        string[] stored = [];
        foreach (QueueEntry entry in await bench.ListAsync())
        {
            await using Stream content = await bench.Queue.OpenContentAsync(entry.Id, TestContext.Current.CancellationToken);
            using StreamReader reader = new(content);
            stored = (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split("\r\n")[2..^1];
        }

        Assert.Equal(lines, string.Join(' ', stored.Select(l => l.Length)));
    }

    [Fact]
    public async Task Announced_size_over_the_blocklimit_of_the_destination_is_refused_at_RCPT()
    {
        await using ServerBench bench = new(With("ims-ms", "blocklimit 2"));
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync("MAIL FROM:<s@ext.example> SIZE=2049");
        Assert.StartsWith("552 5.3.4 message size exceeds the limit", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<v@other.example>"));
        await client.SayAsync("RSET");
        await client.SayAsync("MAIL FROM:<s@ext.example> SIZE=2048");
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<bob@example.com>"));
    }

    [Fact]
    public async Task Content_over_the_blocklimit_of_every_destination_is_refused()
    {
        await using ServerBench bench = new(With("ims-ms", "blocklimit 1"));
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        Assert.StartsWith("552 5.3.4", await SendAsync(client, "bob@example.com", Octets(1025)));
        Assert.StartsWith("250", await SendAsync(client, "bob@example.com", Octets(1024)));
        Assert.StartsWith("250", await SendAsync(client, "bob@example.com,v@other.example", Octets(1025)));
        Assert.Equal(3, (await bench.ListAsync()).Count);
    }

    [Fact]
    public async Task Sourceblocklimit_is_advertised_and_kept()
    {
        await using ServerBench bench = new(With("tcp_local", "sourceblocklimit 1"));
        Connection client = bench.Connect();
        await client.ReplyAsync();
        Assert.Contains("SIZE 1024\n", await client.SayAsync("EHLO client.test"));
        Assert.StartsWith("552 5.3.4", await client.SayAsync("MAIL FROM:<s@ext.example> SIZE=1025"));
        Assert.StartsWith("552 5.3.4", await SendAsync(client, "bob@example.com", Octets(1025)));
    }

    [Theory]
    [InlineData("transactionlimit 1", "450 4.5.3 number of transactions exceeds allowed maximum", false)]
    [InlineData("disconnecttransactionlimit 1", "450 4.7.0 Session transaction limit reached; disconnecting", true)]
    [InlineData("disconnectrecipientlimit 2", "450 4.7.0 Session recipient limit reached; disconnecting", true)]
    [InlineData("disconnectrejectlimit 1", "450 4.7.0 Session rejected recipient limit reached; disconnecting", true)]
    public async Task Session_limits_come_from_the_current_channel(string option, string reply, bool closes)
    {
        await using ServerBench bench = new(With("tcp_local", option));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("RCPT TO:<v@other.example>");
        await client.SayAsync("EHLO client.test");
        Assert.Equal(reply, await client.SayAsync("MAIL FROM:<s@ext.example>"));
        if (closes) Assert.Null(await client.ReplyAsync());
    }

    [Fact]
    public async Task Recipientcutoff_refuses_the_message()
    {
        await using ServerBench bench = new(With("tcp_local", "recipientcutoff 1"));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("RCPT TO:<carl@example.com>");
        Assert.Equal("451 4.4.5 Error ending envelope - Too many recipients specified", await client.SayAsync("DATA"));
        Assert.Empty(await bench.ListAsync());
    }

    [Theory]
    [InlineData("vrfyallow", "bob@example.com", "250 2.1.5 <bob@example.com>")]
    [InlineData("vrfyallow", "nobody@example.com", "550 5.1.1 unknown or illegal alias: nobody@example.com")]
    [InlineData("vrfyallow", "@@", "501 5.1.3 bad address syntax")]
    [InlineData("vrfyhide", "bob@example.com", "252 2.0.0 cannot verify, but will take mail for it and try")]
    [InlineData("vrfydefault", "nobody@example.com", "252 2.0.0 cannot verify, but will take mail for it and try")]
    public async Task VRFY_says_as_much_as_the_channel_allows(string option, string address, string reply)
    {
        await using ServerBench bench = new(With("tcp_local", option));
        Connection client = await bench.GreetAsync();
        Assert.Equal(reply, await client.SayAsync($"VRFY {address}"));
    }

    [Theory]
    [InlineData("remotehost", "s@client.test")]
    [InlineData("noremotehost", "s@mail.example.com")]
    [InlineData("remotehost defaulthost d.example", "s@d.example")]
    public async Task Bare_sender_is_completed_as_the_channel_says(string option, string sender)
    {
        await using ServerBench bench = new(With("tcp_local", option));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("DATA");
        await client.SendAsync(Octets(20) + ".\r\n");
        await client.ReplyAsync();
        Assert.Equal(sender, Assert.Single(await bench.ListAsync()).ReversePath);
    }

    private static ConfigurationSnapshot With(string channel, string options) => Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, channel, options)));

    private static async Task<string?> SendAsync(Connection client, string recipients, string content)
    {
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        foreach (string recipient in recipients.Split(',')) Assert.StartsWith("250", await client.SayAsync($"RCPT TO:<{recipient}>"));
        Assert.StartsWith("354", await client.SayAsync("DATA"));
        await client.SendAsync(content + ".\r\n");
        return await client.ReplyAsync();
    }

    private static string Octets(int count)
    {
        StringBuilder content = new("a: b\r\n\r\n");
        while (content.Length + 72 <= count) content.Append(new string('x', 70)).Append("\r\n");
        if (content.Length < count) content.Append(new string('y', count - content.Length - 2)).Append("\r\n");
        return content.ToString();
    }
}
