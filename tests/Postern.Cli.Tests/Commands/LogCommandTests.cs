using System.Text.Json;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary>What a running server wrote into its transaction log, as <c>postern log</c> shows it.</summary>
[Collection(RelayCollection.Name)]
public sealed class LogCommandTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    [Fact]
    public async Task Message_can_be_followed_from_door_to_mailbox()
    {
        string reply = await SmtpDialogue.DeliverAsync(Client.Outsider, _site.Port, "s@ext.example", PosternSite.Bob, Letter.New());
        string id = reply.Split(' ')[^1];
        await Eventually.HoldsAsync("the message is delivered", async () => (await LettersAsync("--message", id)).Contains('D', StringComparison.Ordinal));
        Assert.Equal("ED", await LettersAsync("--message", id));
        Assert.Equal("E", await LettersAsync("--message", id, "--action", "E"));
        Assert.Equal("", await LettersAsync("--message", id, "--address", "nobody@nowhere.test"));
        Assert.Equal("D", await LettersAsync("--message", id, "--channel", "ims-ms", "--action", "DQ"));
    }

    [Fact]
    public async Task Refusal_names_the_table()
    {
        await SmtpDialogue.DeliverAsync(Client.Outsider, _site.Port, "logged@ext.example", "v@other.test", Letter.New());
        await Eventually.HoldsAsync("the refusal is in the log", async () => await LettersAsync("--address", "logged@ext.example") == "J");
        ProgramResult shown = (await _site.RunAsync("log", "--address", "logged@ext.example")).Exits(0);
        JsonElement record = JsonDocument.Parse(shown.Output).RootElement;
        Assert.Equal($"ORIG_SEND_ACCESS:{_site.LineOf("mappings", "tcp_local|*|tcp_local|*")}", record.GetProperty("tb").GetString());
        Assert.Equal("550 5.7.1 Relaying not permitted: v@other.test", record.GetProperty("re").GetString());
    }

    [Fact]
    public async Task Nothing_found_is_the_answer_no() => (await _site.RunAsync("log", "--message", "0000000000000000")).Exits(1);

    /// <summary>The first letters of the actions of the lines that are shown.</summary>
    private async Task<string> LettersAsync(params string[] conditions)
    {
        ProgramResult shown = await _site.RunAsync(["log", .. conditions]);
        return string.Concat(shown.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("ac").GetString()![0]));
    }
}
