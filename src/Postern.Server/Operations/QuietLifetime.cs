using Microsoft.Extensions.Hosting;

namespace Postern.Server.Operations;

/// <summary>Leaves signals alone: the command that runs the server handles them.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
