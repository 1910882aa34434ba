using Postern.Queue;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Admission;

/// <summary>A next hop is told what the content is, not what a client said of it (RFC 6152 §3).</summary>
public sealed class EightBitContentTests
{
    [Theory]
    [InlineData("", "Subject: x\r\n\r\nplain", BodyType.SevenBit)]
    [InlineData("", "Subject: x\r\n\r\ngr\u00fc\u00df", BodyType.EightBitMime)]
    [InlineData("", "Subject: gr\u00fc\u00df\r\n\r\nplain", BodyType.EightBitMime)]
    [InlineData(" BODY=7BIT", "Subject: x\r\n\r\ngr\u00fc\u00df", BodyType.EightBitMime)]
    [InlineData(" BODY=8BITMIME", "Subject: x\r\n\r\nplain", BodyType.EightBitMime)]
    public async Task Body_is_of_the_kind_of_its_octets(string parameters, string content, BodyType body)
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync(ServerBench.Insider);
        await client.SayAsync($"MAIL FROM:<bob@example.com>{parameters}");
        await client.SayAsync("RCPT TO:<kim@y.test>");
        await client.SayAsync("DATA");
        Assert.StartsWith("250", await client.SayAsync($"{content}\r\n."));
        QueuedMessage message = (await bench.Queue.FindAsync((await bench.ListAsync())[0].Id, TestContext.Current.CancellationToken))!;
        Assert.Equal(body, message.Envelope.Body);
    }
}
