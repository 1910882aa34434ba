using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>Commands behind STARTTLS in the clear (CVE-2011-0411), cut into packets at every byte.</summary>
public sealed class StartTlsInjectionTests
{
    private const string StartTls = "STARTTLS\r\n";
    private const string Injected = "RSET\r\nMAIL FROM:<evil@x.test>\r\nRCPT TO:<bob@example.com>\r\nQUIT\r\n";

    [Fact]
    public async Task Nothing_injected_is_executed_wherever_the_packets_end()
    {
        string all = StartTls + Injected;
        for (int cut = 0; cut <= all.Length; cut++)
        {
            await using ServerBench bench = new(withTls: true);
            Connection client = await bench.GreetAsync();
            await client.SendAsync(all[..cut]);
            if (cut < all.Length) await client.SendAsync(all[cut..]);
            await client.HangUpAsync();
            List<string> replies = [];
            while (await client.ReplyAsync() is { } reply) replies.Add(reply);

            // A packet that ends with the command itself may be answered before the next one is there; then the handshake reads the rest.
            string only = Assert.Single(replies);
            if (cut == StartTls.Length && only.StartsWith("220", StringComparison.Ordinal)) continue;
            Assert.Equal("503 5.5.1 nothing may follow STARTTLS before its reply", only);
        }
    }

    [Fact]
    public async Task What_comes_behind_the_220_in_the_clear_is_no_handshake_and_no_command()
    {
        for (int cut = 1; cut <= Injected.Length; cut++)
        {
            await using ServerBench bench = new(withTls: true);
            Connection client = await bench.GreetAsync();
            Assert.StartsWith("220", await client.SayAsync("STARTTLS"));
            await client.SendAsync(Injected[..cut]);
            await client.HangUpAsync();
            await client.AssertNoReplyAsync();
        }
    }

    [Fact]
    public async Task Nothing_said_in_the_clear_is_known_behind_the_handshake()
    {
        await using ServerBench bench = new(withTls: true);
        await using SocketBench sockets = await SocketBench.StartAsync(bench);
        await using SocketDialogue client = await SocketDialogue.ConnectAsync(sockets.Port);
        await client.ReplyAsync();
        await client.SayAsync("EHLO clear.test");
        await client.StartTlsAsync();
        Assert.Equal("503 5.5.1 send HELO or EHLO first", await client.SayAsync("MAIL FROM:<a@b.test>"));
        Assert.DoesNotContain("STARTTLS", await client.SayAsync("EHLO inside.test"));
        Assert.StartsWith("250 2.1.0", await client.SayAsync("MAIL FROM:<a@b.test>"));
    }
}
