using Postern.Server.Dns;

namespace Postern.Server.Tests.Harness;

/// <summary>Sends every host the same way.</summary>
internal sealed class FixedRoute(params NextHopTarget[] targets) : INextHopResolver
{
    public Task<NextHopRoute> ResolveAsync(string host, int port, bool useMx, bool allowOwnAddresses, CancellationToken cancellationToken) =>
        Task.FromResult<NextHopRoute>(new NextHopRoute.Found([.. targets]));
}
