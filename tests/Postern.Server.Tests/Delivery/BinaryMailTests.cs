using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>Content that is not made of lines (RFC 3030): it goes by BDAT or not at all.</summary>
public sealed class BinaryMailTests
{
    private const string Binary = "Subject: x\r\n\r\na\0b\n.\r\rc";
    private const string Lines = "Subject: x\r\n\r\n.a\r\n";
    private const string Both = "250-sink.test\r\n250-8BITMIME\r\n250-CHUNKING\r\n250 BINARYMIME";

    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();

    [Fact]
    public async Task Binary_content_goes_out_by_BDAT_unchanged()
    {
        await using SmtpSink sink = new(("EHLO", [Both]));
        Assert.Equal(["delivered"], await DeliverAsync(sink, Binary));
        Assert.Equal(["MAIL FROM:<s@ext.example> BODY=BINARYMIME", "RCPT TO:<a@x.test>", $"BDAT {Binary.Length} LAST", "QUIT"], sink.Commands.Skip(1));
        Assert.Equal(Binary, Assert.Single(sink.Messages));
    }

    [Theory]
    [InlineData("250-sink.test\r\n250 8BITMIME")]
    [InlineData("250-sink.test\r\n250-8BITMIME\r\n250 CHUNKING")]
    [InlineData("250-sink.test\r\n250-8BITMIME\r\n250 BINARYMIME")]
    public async Task Binary_content_comes_back_from_a_host_that_does_not_take_it(string hello)
    {
        await using SmtpSink sink = new(("EHLO", [hello]));
        Assert.Equal(["failed 5.6.3"], await DeliverAsync(sink, Binary));
        Assert.Equal(["QUIT"], sink.Commands.Skip(1));
    }

    [Fact]
    public async Task Content_that_is_lines_after_all_goes_out_by_DATA()
    {
        await using SmtpSink sink = new();
        Assert.Equal(["delivered"], await DeliverAsync(sink, Lines));
        Assert.Equal(["MAIL FROM:<s@ext.example> SIZE=18 BODY=8BITMIME", "RCPT TO:<a@x.test>", "DATA", "QUIT"], sink.Commands.Skip(1));
        Assert.Equal("Subject: x\r\n\r\n..a", Assert.Single(sink.Messages));
    }

    [Theory]
    [InlineData("550 5.6.0 no", "failed 5.6.0")]
    [InlineData("451 4.3.0 disk", "deferred 4.3.0")]
    [InlineData(SmtpSink.Close, "deferred 4.4.2")]
    public async Task Answer_to_a_chunk_is_classified(string answer, string outcome)
    {
        await using SmtpSink sink = new(("EHLO", [Both]), ("BDAT", [answer]));
        Assert.Equal([outcome], await DeliverAsync(sink, Binary));
    }

    private static async Task<string[]> DeliverAsync(SmtpSink sink, string content) =>
        Attempts.Words(await new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance).DeliverAsync(
            Attempts.For(Snapshot, Snapshot.Channels.FindByName(new("tcp_local"))!, ["a@x.test"], content, body: BodyType.BinaryMime),
            TestContext.Current.CancellationToken));
}
