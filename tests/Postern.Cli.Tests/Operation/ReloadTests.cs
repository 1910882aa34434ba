using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Operation;

/// <summary>SIGHUP puts a whole new configuration in force, or none of it.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task Client_taken_from_the_internal_table_may_no_longer_relay()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        Assert.StartsWith("250", await RelayAsync(site), StringComparison.Ordinal);

        site.Cut("mappings", $"{Client.Internal}/32");
        Assert.StartsWith("250", await RelayAsync(site), StringComparison.Ordinal);
        await server.ReloadAsync();
        await Eventually.HoldsAsync("the client is refused", async () =>
            (await RelayAsync(site)).StartsWith("550 5.7.1 Relaying not permitted: v@other.test", StringComparison.Ordinal));
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task Faulty_configuration_is_told_and_changes_nothing()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        site.Cut("mappings", $"{Client.Internal}/32");
        site.Append("aliases", "\nspaced : bob@example.com\n");
        await server.ReloadAsync();
        await Eventually.HoldsAsync("the fault is told", () =>
            server.Printed.Error.Any(l => l.Contains($"aliases:{site.LineOf("aliases", "spaced :")}: error: ", StringComparison.Ordinal)));
        Assert.StartsWith("250", await RelayAsync(site), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_internal_table_makes_everybody_a_stranger()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Edit("mappings", text => text.Replace("\nINTERNAL_IP\n", "\nNOT_THAT_TABLE\n", StringComparison.Ordinal)
            .Replace("$C$|INTERNAL_IP;$3|$Y$E", "$YEXTERNAL", StringComparison.Ordinal));
        await using PosternProcess server = await site.ServeAsync();
        Assert.StartsWith("550 5.7.1 Relaying not permitted", await RelayAsync(site), StringComparison.Ordinal);
    }

    private static Task<string> RelayAsync(PosternSite site) =>
        SmtpDialogue.DeliverAsync(Client.Internal, site.Port, PosternSite.Bob, "v@other.test", Letter.New());
}
