using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

/// <summary>The file <c>tcp_local_option</c>.</summary>
public sealed class ChannelOptionFileTests
{
    [Fact]
    public void Defaults_are_those_of_the_specification()
    {
        ChannelDefinition channel = Read("").Channel;
        Assert.Equal((100, 5, 100, null, TimeSpan.FromMinutes(5)), (channel.TransactionsPerConnection, channel.ConnectionsPerHost, channel.RecipientsPerTransaction, channel.MessagesPerMinutePerHost, channel.HostBackoff));
        Assert.Equal(TlsUse.May, channel.TlsTo("x.test"));
    }

    [Fact]
    public void Every_option_has_its_place()
    {
        (ChannelDefinition channel, string[] findings) = Read(
            "522_PERMANENT_ERROR_STRING=no more, really\nATTEMPT_TRANSACTIONS_PER_SESSION=7\nBANNER_PURGE_DELAY=150\nHOST_BACKOFF=PT1M\nMAX_CONNS_PER_HOST=2\nMAX_RATE_PER_HOST=30\nMAX_RCPT_PER_TRANSACTION=50\nMUST_TLS_HOSTS=Bank.test .partner.test,other.test\n");
        Assert.Empty(findings);
        Assert.Equal((7, 2, 50, 30, TimeSpan.FromMinutes(1)), (channel.TransactionsPerConnection, channel.ConnectionsPerHost, channel.RecipientsPerTransaction, channel.MessagesPerMinutePerHost, channel.HostBackoff));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), channel.BannerDelay);
        Assert.Equal(["bank.test", ".partner.test", "other.test"], channel.MustTlsHosts);
        Assert.Equal(["no more", "really"], channel.PermanentErrorTexts);
        Assert.Equal(8, ChannelFileOptions.All.Length);
    }

    [Theory]
    [InlineData("bank.test", TlsUse.Must)]
    [InlineData("BANK.test", TlsUse.Must)]
    [InlineData("mx.bank.test", TlsUse.May)]
    [InlineData("mx.partner.test", TlsUse.Must)]
    [InlineData("partner.test", TlsUse.May)]
    [InlineData("xpartner.test", TlsUse.May)]
    public void Listed_hosts_need_TLS(string host, TlsUse use) => Assert.Equal(use, Read("MUST_TLS_HOSTS=bank.test .partner.test\n").Channel.TlsTo(host));

    [Theory]
    [InlineData("MAX_CONNS_PER_HOST=0", "MAX_CONNS_PER_HOST needs a number from 1, not \"0\"")]
    [InlineData("ATTEMPT_TRANSACTIONS_PER_SESSION=many", "ATTEMPT_TRANSACTIONS_PER_SESSION needs a number from 1, not \"many\"")]
    [InlineData("BANNER_PURGE_DELAY=6001", "BANNER_PURGE_DELAY needs hundredths of a second from 0 to 6000, not \"6001\"")]
    [InlineData("MAX_RATE_PER_HOST=-1", "MAX_RATE_PER_HOST needs a number from 0, which is no limit, not \"-1\"")]
    [InlineData("MUST_TLS_HOSTS=a b c:25", "MUST_TLS_HOSTS needs host names, .example.com for all below it, not \"a b c:25\"")]
    [InlineData("MUST_TLS_HOSTS=", "MUST_TLS_HOSTS needs host names, .example.com for all below it, not \"\"")]
    public void Value_that_is_none_is_an_error(string line, string finding) => Assert.Equal([$"tcp_local_option:1: error: {finding}"], Read(line + "\n").Findings);

    private static (ChannelDefinition Channel, string[] Findings) Read(string text)
    {
        List<Mapping.Text.Diagnostic> findings = [];
        ChannelDefinition plain = new()
        {
            Position = new Mapping.Text.SourcePosition("postern.cnf", 1),
            Name = new ChannelName("tcp_local"),
            OfficialHost = "tcp_local-daemon",
            TlsClient = TlsUse.May,
        };
        ChannelDefinition channel = ChannelOptionFile.Apply(plain, new SiteFiles(new Dictionary<string, string> { ["tcp_local_option"] = text }), findings);
        return (channel, [.. findings.Select(f => f.ToString())]);
    }
}
