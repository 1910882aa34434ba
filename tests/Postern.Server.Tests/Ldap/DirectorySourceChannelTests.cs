using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Channels;

namespace Postern.Server.Tests.Ldap;

/// <summary>The source channels that the directory gives its users and domains.</summary>
public sealed class DirectorySourceChannelTests(SlapdFixture slapd) : IClassFixture<SlapdFixture>
{
    private const string Attributes = "LDAP_SOURCE_CHANNEL=mailSourceChannel\nLDAP_DOMAIN_ATTR_SOURCE_CHANNEL=mailSourceChannel";

    [Theory]
    [InlineData("submitter@example.com", "tcp_submit", "mailSMTPSubmitChannel of submitter@example.com")]
    [InlineData("wrongchannel@example.com", "tcp_auth", "authentication as wrongchannel@example.com")]
    [InlineData("bob@example.com", "tcp_auth", "authentication as bob@example.com")]
    [InlineData("carl@example.com", "tcp_auth", "authentication as carl@example.com")]
    public async Task Authenticated_user_has_a_channel_of_his_own(string user, string channel, string because)
    {
        await using DirectorySite site = new(DirectorySite.Snapshot(slapd.Server.Port));
        SourceChannel source = await site.AuthenticatedSourceAsync(Facts(site.Policy), user);
        Assert.Equal(channel, source.Current.ToString());
        Assert.StartsWith(because, source.Reason);
        Assert.Null(source.Pending);
    }

    [Fact]
    public async Task Directory_that_is_down_leaves_the_channel()
    {
        await using DirectorySite site = new(DirectorySite.Snapshot(port: 1));
        SourceChannel source = await site.AuthenticatedSourceAsync(Facts(site.Policy), "submitter@example.com");
        Assert.Equal("tcp_local", source.Current.ToString());
    }

    [Theory]
    [InlineData("sender@example.com", "tcp_intranet", "sourceChannel of sender@example.com")]
    [InlineData("bob@example.com", "tcp_local", "channel of service smtp")]
    [InlineData("ann@hosted.example", "tcp_intranet", "sourceChannel of hosted.example")]
    [InlineData("s@x.test", "tcp_local", "channel of service smtp")]
    public async Task Sender_or_his_domain_has_a_channel(string sender, string channel, string because)
    {
        await using DirectorySite site = new(DirectorySite.Snapshot(slapd.Server.Port, Attributes, channels: text => text.Replace("tcp_local smtp", "tcp_local userswitchchannel smtp", StringComparison.Ordinal)));
        SourceChannel source = await site.SenderSourceAsync(Facts(site.Policy), sender);
        Assert.Equal(channel, source.Current.ToString());
        Assert.StartsWith(because, source.Reason);
    }

    private static SessionFacts Facts(MailPolicy policy)
    {
        ClientConnection client = new(IPAddress.Parse("203.0.113.9"), 40000, IPAddress.Parse("192.0.2.25"), 25, "smtp");
        return new SessionFacts(client, policy.SourceAtConnect(client), "client.test", Extended: true);
    }
}
