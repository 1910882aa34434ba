using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Delivery;

/// <summary>
/// The disk of the queue fills up under the running server: 452, nothing lost, and mail again when there is space. Where this
/// process may mount no small disk, the largest size of a file stands for it.
/// </summary>
public sealed class FullDiskTests
{
    private const int DiskSize = 8 * 1024 * 1024;

    private static readonly string Filler = string.Concat(Enumerable.Repeat($"{new string('x', 70)}\r\n", 3000));

    [Theory]
    [InlineData("0")]
    [InlineData("1048576")]
    public async Task Mail_is_refused_for_now_and_what_was_taken_arrives_when_there_is_space(string minimumFree)
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        string disk = Directory.CreateDirectory(site.PathOf("disk")).FullName;
        ProgramResult mounted = await ExternalProgram.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={DiskSize}", "none", disk]);
        Assert.True(mounted.ExitCode == 0, $"{mounted}");
        try
        {
            site.Append("option.dat", $"DATA_DIRECTORY=disk\nMIN_FREE={minimumFree}\n");
            string ballast = Path.Combine(disk, "ballast");
            await File.WriteAllBytesAsync(ballast, new byte[DiskSize / 2], TestContext.Current.CancellationToken);
            await using PosternProcess server = await site.ServeAsync();
            (await site.RunAsync("queue", "stop", "tcp_local")).Exits(0);
            List<Letter> taken = [];
            string refusal = await FillAsync(site, taken);
            Assert.StartsWith("452 4.3.1", refusal, StringComparison.Ordinal);
            Assert.NotEmpty(taken);

            File.Delete(ballast);
            await Eventually.HoldsAsync("mail is taken again", async () => (await SendAsync(site, taken)).StartsWith("250", StringComparison.Ordinal));
            (await site.RunAsync("queue", "start", "tcp_local")).Exits(0);
            foreach (Letter letter in taken) await Eventually.HoldsAsync("each letter is sent", () => !site.Outside.MessagesWith(letter).IsEmpty);
            Assert.Equal(0, await server.StopAsync());
        }
        finally
        {
            (await ExternalProgram.RunAsync("umount", [disk])).Exits(0);
        }
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
