using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Configuration;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>Line ends in an address (CVE-2026-30227 and its kin): even one that got into the queue makes no second command at the next hop.</summary>
public sealed class CommandInjectionTests
{
    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();

    [Theory]
    [InlineData("s@ext.example>\r\nRCPT TO:<evil@x.test", "a@x.test")]
    [InlineData("s@ext.example", "a@x.test>\r\nRCPT TO:<evil@x.test")]
    [InlineData("s@ext.example", "a\n@x.test")]
    [InlineData("s@ext.example", "a\0@x.test")]
    public async Task A_line_end_in_an_address_is_never_sent(string from, string to)
    {
        await using SmtpSink sink = new();
        SmtpDelivery delivery = new(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance);
        await Assert.ThrowsAsync<ArgumentException>(() => delivery.DeliverAsync(
            Attempts.For(Snapshot, Snapshot.Channels.FindByName(new("tcp_local"))!, [to], from: from), TestContext.Current.CancellationToken));
        Assert.DoesNotContain(sink.Commands, c => c.Contains("evil", StringComparison.Ordinal) || c.StartsWith("RCPT", StringComparison.Ordinal));
        Assert.Empty(sink.Messages);
    }
}
