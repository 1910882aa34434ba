using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Delivery;

/// <summary>The disk of the queue fills up under the running server: 452, nothing lost, and mail again when there is space.</summary>
public sealed class FullDiskTests
{
    private static readonly string Filler = string.Concat(Enumerable.Repeat($"{new string('x', 70)}\r\n", 3000));

    [Theory]
    [InlineData("0")]
    [InlineData("1048576")]
    public async Task Mail_is_refused_for_now_and_what_was_taken_arrives_when_there_is_space(string minimumFree)
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using SmallDisk disk = await SmallDisk.UnderAsync(site);
        site.Append("option.dat", $"MIN_FREE={minimumFree}\n");
        await using PosternProcess server = await disk.ServeAsync();
        (await site.RunAsync("queue", "stop", "tcp_local")).Exits(0);
        List<Letter> taken = [];
        string refusal = await FillAsync(site, taken);
        Assert.StartsWith("452 4.3.1", refusal, StringComparison.Ordinal);
        Assert.NotEmpty(taken);

        await disk.GiveSpaceAsync();
        await Eventually.HoldsAsync("mail is taken again", async () => (await SendAsync(site, taken)).StartsWith("250", StringComparison.Ordinal));
        (await site.RunAsync("queue", "start", "tcp_local")).Exits(0);
        foreach (Letter letter in taken) await Eventually.HoldsAsync("each letter is sent", () => !site.Outside.MessagesWith(letter).IsEmpty);
        Assert.Equal(0, await server.StopAsync());
    }

    private static async Task<string> FillAsync(PosternSite site, List<Letter> taken)
    {
        while (true)
        {
            string reply = await SendAsync(site, taken);
            if (!reply.StartsWith("250", StringComparison.Ordinal)) return reply;
        }
    }

    private static async Task<string> SendAsync(PosternSite site, List<Letter> taken)
    {
        Letter letter = Letter.New();
        using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Internal, site.Port);
        string reply = await dialogue.SayAsync($"MAIL FROM:<{PosternSite.Bob}>");
        if (!reply.StartsWith("250", StringComparison.Ordinal)) return reply;
        await dialogue.SayAsync("RCPT TO:<v@other.test>");
        await dialogue.SayAsync("DATA");
        reply = await dialogue.SayAsync($"{letter.Text}{Filler}.");
        if (reply.StartsWith("250", StringComparison.Ordinal)) taken.Add(letter);
        return reply;
    }
}
