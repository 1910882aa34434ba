using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>An alias or list of ours may lead outside although its writer may not send there: the relay entry sees the address the client named.</summary>
[Collection(RelayCollection.Name)]
public sealed class AliasTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    [Fact]
    public async Task Alias_that_leads_outside_is_followed()
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", "away@example.com", letter)).IsTaken();
        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "v@other.test");
        Assert.Equal("s@ext.example", sent.ReversePath);
    }

    [Fact]
    public async Task Alias_with_two_targets_reaches_both()
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", "both@example.com", letter)).IsTaken();
        await running.SentAsync(_site.Outside, letter, "v@other.test");
        await running.StoredAsync(PosternSite.Bob, letter);
    }

    [Fact]
    public async Task List_reaches_its_members_and_errors_go_to_its_owner()
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", "team@example.com", letter)).IsTaken();
        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "first@other.test", "second@other.test");
        Assert.Equal("owner-team@example.com", sent.ReversePath);
        byte[] stored = await running.StoredAsync(PosternSite.Ann, letter);
        Assert.Equal("<owner-team@example.com>", MaildirReader.Parse(stored).Headers["Return-Path"]);
    }
}
