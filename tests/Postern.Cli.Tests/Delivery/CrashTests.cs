using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Delivery;

/// <summary>What was answered with 250 survives the death of the process.</summary>
public sealed class CrashTests
{
    private const int Letters = 20;

    [Fact]
    public async Task Acknowledged_mail_arrives_after_kill()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        List<Letter> stored = [];
        List<Letter> sent = [];
        await using (PosternProcess first = await site.ServeAsync())
        {
            // With the sink down nothing can have left before the end of the process.
            await site.Outside.DownAsync();
            using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Internal, site.Port);
            for (int i = 0; i < Letters; i++)
            {
                await TakeAsync(dialogue, PosternSite.Bob, stored);
                await TakeAsync(dialogue, "v@other.test", sent);
            }

            await first.KillAsync();
        }

        site.Outside.Up();
        await using PosternProcess second = await site.ServeAsync();
        foreach (Letter letter in stored)
        {
            await Eventually.HoldsAsync("each letter is stored", () => !site.Store.MessagesOf(PosternSite.Bob, letter).IsEmpty);
            Assert.All(site.Store.MessagesOf(PosternSite.Bob, letter), m => Assert.True(letter.IsWholeIn(m)));
        }

        foreach (Letter letter in sent)
        {
            await Eventually.HoldsAsync("each letter is sent", () => !site.Outside.MessagesWith(letter).IsEmpty);
            Assert.Equal(["v@other.test"], site.Outside.RecipientsOf(letter));
        }
    }

    [Fact]
    public async Task Unfinished_message_leaves_nothing()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        Letter letter = Letter.New();
        await using (PosternProcess first = await site.ServeAsync())
        {
            using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Internal, site.Port);
            await dialogue.SayAsync($"MAIL FROM:<{PosternSite.Bob}>");
            await dialogue.SayAsync($"RCPT TO:<{PosternSite.Bob}>");
            await dialogue.SayAsync("DATA");
            await dialogue.SendAsync(letter.Text);
            await first.KillAsync();
        }

        await using PosternProcess second = await site.ServeAsync();
        Letter after = Letter.New();
        await SmtpDialogue.DeliverAsync(Client.Internal, site.Port, PosternSite.Bob, PosternSite.Bob, after);
        await Eventually.HoldsAsync("the later letter is stored", () => !site.Store.MessagesOf(PosternSite.Bob, after).IsEmpty);
        Assert.Empty(site.Store.MessagesOf(PosternSite.Bob, letter));
    }

    private static async Task TakeAsync(SmtpDialogue dialogue, string recipient, List<Letter> taken)
    {
        Letter letter = Letter.New();
        Assert.StartsWith("250", await dialogue.DeliverAsync(PosternSite.Bob, recipient, letter), StringComparison.Ordinal);
        taken.Add(letter);
    }
}
