using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>Mail that comes back to the MTA through a re-queueing channel goes where the alias says, and nowhere a stranger says.</summary>
[Collection(RelayCollection.Name)]
public sealed class RequeueTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    public static TheoryData<string> Channels => ["process", "reprocess", "conversion", "defragment"];

    [Theory]
    [MemberData(nameof(Channels))]
    public async Task Alias_through_the_channel_reaches_its_target_only(string channel)
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", $"via-{channel}@example.com", letter)).IsTaken();
        await running.SentAsync(_site.Outside, letter, "v@other.test");
        await running.QuietAsync();
        Assert.Equal(["v@other.test"], _site.Outside.RecipientsOf(letter));
        Assert.Empty(_site.Inside.MessagesWith(letter));
    }

    [Fact]
    public async Task List_through_process_reaches_its_member()
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", "list-process@example.com", letter)).IsTaken();
        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "v@other.test");
        Assert.Equal("owner-team@example.com", sent.ReversePath);
    }

    [Theory]
    [InlineData("via-process+w%other.test@example.com")]
    [InlineData("\"via-process+w@third.test\"@example.com")]
    [InlineData("via-reprocess+w=third.test@example.com")]
    public async Task Subaddress_changes_no_target(string recipient)
    {
        Letter letter = Letter.New();
        string reply = await SmtpDialogue.DeliverAsync(Client.Outsider, _site.Port, "s@ext.example", recipient, letter);
        Assert.Contains(reply[..3], (string[])["250", "550"]);
        await running.QuietAsync();
        Assert.All(_site.Outside.RecipientsOf(letter), r => Assert.Equal("v@other.test", r));
        Assert.Empty(_site.Inside.MessagesWith(letter));
    }

    [Fact]
    public async Task Alias_through_process_to_a_user_is_stored()
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", "home-process@example.com", letter)).IsTaken();
        await running.StoredAsync(PosternSite.Bob, letter);
    }
}
