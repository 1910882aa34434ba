using System.Text.Json;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary>What the configuration says about switching the source channel decides who may relay.</summary>
public sealed class SourceChannelTests
{
    [Fact]
    public async Task Channel_that_may_not_be_switched_to_leaves_the_client_a_stranger()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        JsonElement before = await RelayAsync(site, 0);
        Assert.Equal("tcp_intranet", before.GetProperty("source_channel").GetString());

        site.Edit("postern.cnf", text => text.Replace(" allowswitchchannel ", " noswitchchannel ", StringComparison.Ordinal));
        JsonElement after = await RelayAsync(site, 1);
        Assert.Equal("tcp_local", after.GetProperty("source_channel").GetString());
        Assert.StartsWith("550 5.7.1 Relaying not permitted", after.GetProperty("reply").GetString(), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> RelayAsync(PosternSite site, int code) =>
        (await site.RunAsync("explain", "--ip", $"{Client.Internal}", "--from", PosternSite.Bob, "--to", "v@other.test", "--json")).Exits(code).Json;
}
