using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>The relay entry in SEND_ACCESS sees what an alias expands to, and so breaks forwarding: why it belongs into ORIG_SEND_ACCESS.</summary>
public sealed class SendAccessTests(SendAccessSite running) : IClassFixture<SendAccessSite>
{
    private readonly PosternSite _site = running.Site;

    [Theory]
    [InlineData("away@example.com", "550 5.7.1 Relaying not permitted: away@example.com")]
    [InlineData("v@other.test", "550 5.7.1 Relaying not permitted: v@other.test")]
    public async Task Outside_target_is_refused_however_it_was_reached(string recipient, string reply)
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", recipient, letter)).IsRefused(reply);
        await running.NobodyHasAsync(letter);
    }

    [Fact]
    public async Task List_delivers_only_to_the_members_that_may_be_reached()
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", "both@example.com", letter)).IsTaken();
        await running.StoredAsync(PosternSite.Bob, letter);
        await running.QuietAsync();
        Assert.Empty(_site.Outside.MessagesWith(letter));
    }

    [Fact]
    public async Task Internal_client_still_reaches_the_outside()
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Internal, _site.Port, PosternSite.Bob, "away@example.com", letter)).IsTaken();
        await running.SentAsync(_site.Outside, letter, "v@other.test");
    }
}
