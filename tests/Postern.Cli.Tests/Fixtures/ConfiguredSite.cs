using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Fixtures;

/// <summary>A configuration without a server, for commands that need none.</summary>
public sealed class ConfiguredSite : IAsyncLifetime
{
    private PosternSite? _site;

    public PosternSite Site => _site ?? throw new InvalidOperationException("the site is not set up");

    public async ValueTask InitializeAsync() => _site = await PosternSite.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        if (_site is not null) await _site.DisposeAsync();
    }
}
