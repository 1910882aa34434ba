using System.Collections.Immutable;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>
/// A site whose table holds only the entries of the manual's page: strangers can name the channels that hand mail back to
/// the MTA, but what comes back is asked about under the channel it came in with, and gets no further than at the door.
/// </summary>
public sealed class SeedTableTests
{
    private const string FirstOfOurs = "! ours: channels that only the MTA itself may address";

    private static readonly ImmutableArray<string> Forms =
    [
        "@process-daemon:x@isp.test",
        "@mta.example.com,@process-daemon:x@isp.test",
        "x%isp.test@process.mta.example.com",
        "x%isp.test%process-daemon@example.com",
        "@conversion-daemon:x@isp.test",
        "@defragment-daemon:x@isp.test",
        "@reprocess-daemon:x@isp.test",
        "@process-daemon,@conversion-daemon:x@isp.test",
    ];

    [Fact]
    public async Task Mail_handed_back_does_not_leave_for_a_stranger()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Edit("mappings", text => text[..text.IndexOf(FirstOfOurs, StringComparison.Ordinal)]);
        await using PosternProcess server = await site.ServeAsync();
        Letter letter = Letter.New();
        foreach (string form in Forms)
        {
            // The null sender, so that no report about the refusal goes out either.
            string reply = await SmtpDialogue.DeliverAsync(Client.Outsider, site.Port, "", form, letter);
            Assert.StartsWith("250", reply, StringComparison.Ordinal);
        }

        await site.QuietAsync();
        Assert.Empty(site.Outside.Messages);
        Assert.Empty(site.Inside.Messages);
    }
}
