namespace Postern.Server.Tests.Ldap;

/// <summary>One server for all tests that only read.</summary>
public sealed class SlapdFixture : IAsyncLifetime
{
    private SlapdServer? _server;

    public SlapdServer Server => _server ?? throw new InvalidOperationException("slapd is not running");

    public async ValueTask InitializeAsync() => _server = await SlapdServer.StartedAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is { } server) await server.DisposeAsync();
    }
}
