using System.IO.Pipelines;
using System.Text;
using Postern.Server.Delivery.Smtp;
using Postern.Smtp.Replies;

namespace Postern.Server.Tests.Delivery;

/// <summary>Replies are the same however the network cuts them.</summary>
public sealed class ReplyReaderTests
{
    [Theory]
    [InlineData("250 2.1.0 ok\r\n", "250 2.1.0 ok")]
    [InlineData("250\r\n", "250 ")]
    [InlineData("250 ok\n", "250 ok")]
    [InlineData("250-first\r\n250-\r\n250 last\r\n", "250-first\n250-\n250 last")]
    [InlineData("550-5.1.1 no\r\n550 5.1.1 such user\r\n", "550-5.1.1 no\n550 5.1.1 such user")]
    [InlineData("550 5.1.1 gr\u00fc\u00df dich\r\n", "550 5.1.1 gr\u00fc\u00df dich")]
    [InlineData("550 a\rb\u0007c\u001b[2Jd\u0000e\u0085f\u2028g\r\n", "550 a?b?c?[2Jd?e?f?g")]
    public async Task Reply_is_whole_at_every_cut(string wire, string reply)
    {
        byte[] octets = Encoding.UTF8.GetBytes(wire);
        for (int at = 0; at <= octets.Length; at++) Assert.Equal(reply, (await ReadAsync(octets[..at], octets[at..])).ToString());
        Assert.Equal(reply, (await ReadAsync([.. octets.Select(o => new[] { o })])).ToString());
    }

    [Theory]
    [InlineData("250-ok\r\n550 no\r\n")]
    [InlineData("25\r\n")]
    [InlineData("250:ok\r\n")]
    [InlineData("600 ok\r\n")]
    [InlineData("199 ok\r\n")]
    [InlineData("+50 ok\r\n")]
    [InlineData("\r\n")]
    public async Task What_is_no_reply_is_malformed_at_every_cut(string wire)
    {
        byte[] octets = Encoding.ASCII.GetBytes(wire);
        for (int at = 0; at <= octets.Length; at++) Assert.True((await Assert.ThrowsAsync<SmtpPeerException>(() => ReadAsync(octets[..at], octets[at..]))).IsMalformed);
    }

    [Fact]
    public async Task Half_a_reply_is_a_lost_connection() =>
        Assert.True(await Assert.ThrowsAsync<SmtpPeerException>(() => ReadAsync("250-ok\r\n250 o"u8.ToArray())) is { IsMalformed: false, IsLost: true });

    private static async Task<SmtpReply> ReadAsync(params byte[][] pieces)
    {
        Pipe pipe = new();
        Task<SmtpReply> reply = ReplyReader.ReadAsync(pipe.Reader, TestContext.Current.CancellationToken);
        foreach (byte[] piece in pieces) await pipe.Writer.WriteAsync(piece, TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        return await reply;
    }
}
