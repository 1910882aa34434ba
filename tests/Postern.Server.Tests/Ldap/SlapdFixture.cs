namespace Postern.Server.Tests.Ldap;

/// <summary>One server for all tests that only read.</summary>
public sealed class SlapdFixture : IAsyncLifetime
{
    public SlapdServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await SlapdServer.StartedAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
