using System.Text.Json;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Delivery;

/// <summary>Mail that another host does not take now waits in the queue and is tried again.</summary>
public sealed class RetryTests(RunningSite running) : IClassFixture<RunningSite>
{
    private readonly PosternSite _site = running.Site;

    [Fact]
    public async Task Mail_for_a_host_that_is_down_waits_and_arrives_when_it_is_up()
    {
        await _site.Outside.DownAsync();
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Internal, _site.Port, PosternSite.Bob, "v@other.test", letter)).IsTaken();
        JsonElement waiting = await WaitingAsync("v@other.test");
        Assert.Equal("tcp_local", waiting.GetProperty("channel").GetString());
        string id = waiting.GetProperty("id").GetString()!;

        ProgramResult listed = (await _site.RunAsync("queue", "list")).Exits(0);
        Assert.Contains(id, listed.Output, StringComparison.Ordinal);
        Assert.Contains("bob@example.com -> v@other.test", listed.Output, StringComparison.Ordinal);

        ProgramResult shown = (await _site.RunAsync("queue", "show", id)).Exits(0);
        Assert.Contains("v@other.test", shown.Output, StringComparison.Ordinal);
        Assert.Contains(id, (await _site.RunAsync("queue", "show", id, "--json")).Exits(0).Json.GetRawText(), StringComparison.Ordinal);

        _site.Outside.Up();
        await running.SentAsync(_site.Outside, letter, "v@other.test");
        await running.QuietAsync();
        (await _site.RunAsync("queue", "show", id)).Exits(1);
    }

    [Fact]
    public async Task Recipient_that_is_refused_for_now_is_tried_again()
    {
        _site.Outside.Answer("RCPT TO:<busy@other.test>", "450 4.2.1 mailbox busy");
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Internal, _site.Port, PosternSite.Bob, "busy@other.test", letter)).IsTaken();
        await Eventually.HoldsAsync("an attempt was deferred", async () => (await WaitingAsync("busy@other.test")).GetProperty("attempts").GetInt32() > 0);
        Assert.Empty(_site.Outside.MessagesWith(letter));

        _site.Outside.Answer("RCPT TO:<busy@other.test>", "250 2.1.5 ok now");
        await running.SentAsync(_site.Outside, letter, "busy@other.test");
    }

    [Fact]
    public async Task Queue_show_of_an_unknown_id_says_no()
    {
        ProgramResult shown = (await _site.RunAsync("queue", "show", "0000000000000000")).Exits(1);
        Assert.Contains("0000000000000000", shown.Error, StringComparison.Ordinal);
    }

    private async Task<JsonElement> WaitingAsync(string recipient)
    {
        ProgramResult listed = (await _site.RunAsync("queue", "list", "--json")).Exits(0);
        return listed.Json.GetProperty("recipients").EnumerateArray().Single(e => e.GetProperty("to").GetString() == recipient);
    }
}
