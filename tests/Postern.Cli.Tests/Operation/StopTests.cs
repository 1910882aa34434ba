using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Operation;

/// <summary>SIGTERM ends the server in order.</summary>
public sealed class StopTests
{
    [Fact]
    public async Task Idle_session_is_told_and_queued_mail_is_there_after_the_next_start()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await site.Outside.DownAsync();
        Letter letter = Letter.New();
        await using (PosternProcess first = await site.ServeAsync())
        {
            using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Internal, site.Port);
            Assert.StartsWith("250", await dialogue.DeliverAsync(PosternSite.Bob, "v@other.test", letter), StringComparison.Ordinal);
            Task<int> stopped = first.StopAsync();
            Assert.StartsWith("421", await dialogue.ReadReplyAsync(), StringComparison.Ordinal);
            Assert.Equal(0, await stopped);
        }

        site.Outside.Up();
        await using PosternProcess second = await site.ServeAsync();
        await Eventually.HoldsAsync("the letter is sent", () => !site.Outside.MessagesWith(letter).IsEmpty);
    }

    [Fact]
    public async Task Second_server_on_the_same_ports_does_not_start()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess first = await site.ServeAsync();
        ProgramResult second = (await site.RunAsync("serve")).Exits(2);
        Assert.Contains($"{site.Port}", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_server_on_the_same_queue_does_not_start()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternSite other = await PosternSite.CreateAsync();
        other.Append("option.dat", $"DATA_DIRECTORY={site.PathOf("data")}\n");
        await using PosternProcess first = await site.ServeAsync();
        ProgramResult second = (await other.RunAsync("serve")).Exits(2);
        Assert.Contains("queue", second.Error, StringComparison.Ordinal);
        Assert.True(FreePort.IsFree(other.Port));
    }
}
