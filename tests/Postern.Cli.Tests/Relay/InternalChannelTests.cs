using System.Collections.Immutable;
using MailKit.Net.Smtp;
using MailKit.Security;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>Channels that only aliases and the MTA itself lead to are closed to every client, whoever he is.</summary>
[Collection(RelayCollection.Name)]
public sealed class InternalChannelTests(RelaySite running)
{
    private static readonly ImmutableArray<string> Closed =
    [
        "native", "hold", "pipe", "ims-ms", "tcp_lmtpcs1", "process", "conversion", "defragment", "bitbucket", "filter_discard",
        "tcp_auth", "tcp_submit",
    ];

    /// <summary>Channels that have a name below our host name as well.</summary>
    private static readonly ImmutableArray<string> Named =
        ["native", "hold", "pipe", "ims-ms", "process", "conversion", "defragment", "bitbucket"];

    private readonly PosternSite _site = running.Site;

    private static IEnumerable<string> Recipients =>
    [
        .. Closed.Select(channel => $"bob@{channel}-daemon"),
        .. Closed.Select(channel => $"@{channel}-daemon:v@other.test"),
        .. Named.Select(channel => $"bob@{channel}.mta.example.com"),
    ];

    [Fact]
    public async Task Outsider_reaches_none() =>
        await RefusesAllAsync(await SmtpDialogue.OpenAsync(Client.Outsider, _site.Port), [.. Recipients, "bob@reprocess-daemon", "x@reprocess.mta.example.com"]);

    [Fact]
    public async Task Internal_client_reaches_none() => await RefusesAllAsync(await SmtpDialogue.OpenAsync(Client.Internal, _site.Port), Recipients);

    [Theory]
    [InlineData("smtp")]
    [InlineData("submission")]
    public async Task Authenticated_user_reaches_none(string service)
    {
        using SmtpClient client = await MailKitClient.ConnectAsync(
            Client.Outsider, service == "smtp" ? _site.Port : _site.SubmissionPort, SecureSocketOptions.StartTls);
        await client.LogInAsync(PosternSite.Bob, PosternSite.Password);
        Letter letter = Letter.New();
        List<string> wrong = [];
        foreach (string recipient in Recipients.Where(r => r[0] != '@'))
        {
            try
            {
                wrong.Add($"{recipient}: {await client.SendLetterAsync(PosternSite.Bob, recipient, letter)}");
            }
            catch (SmtpCommandException e)
            {
                if (!e.Message.StartsWith("5.7.1 unknown host or domain", StringComparison.Ordinal)) wrong.Add($"{recipient}: {e.Message}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        await running.NobodyHasAsync(letter);
    }

    private async Task RefusesAllAsync(SmtpDialogue opened, IEnumerable<string> recipients)
    {
        using SmtpDialogue dialogue = opened;
        List<string> wrong = [];
        Letter letter = Letter.New();
        foreach (string recipient in recipients)
        {
            string reply = await dialogue.DeliverAsync(PosternSite.Bob, recipient, letter);
            if (!reply.StartsWith(AddressForm.Unknown, StringComparison.Ordinal)) wrong.Add($"{recipient}: {reply}");
            await dialogue.SayAsync("RSET");
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        await running.NobodyHasAsync(letter);
    }
}
