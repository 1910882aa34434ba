using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary>The queue commands where no server has ever run; with mail waiting see the retry tests.</summary>
public sealed class QueueCommandTests(ConfiguredSite configured) : IClassFixture<ConfiguredSite>
{
    private readonly PosternSite _site = configured.Site;

    [Fact]
    public async Task Empty_queue_is_listed_as_empty()
    {
        Assert.Equal(0, (await _site.RunAsync("queue", "list", "--json")).Exits(0).Json.GetProperty("recipients").GetArrayLength());
        Assert.Contains("0 recipients", (await _site.RunAsync("queue", "list")).Exits(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Message_of_an_empty_queue_is_not_found() => (await _site.RunAsync("queue", "show", "0000000000000000")).Exits(1);
}
