using System.Collections.Immutable;
using System.Net.NetworkInformation;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>
/// Looks at start and every hour whether strangers could seem to come from an internal address: addresses change while a server
/// runs, as when containers are started on its machine.
/// </summary>
internal sealed class IdentityGuard : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly LiveConfiguration _live;
    private readonly Func<ImmutableArray<SharedAddress>> _look;
    private readonly ILogger _logger;
    private readonly ITimer _timer;

    /// <param name="look">the addresses around this machine at the moment.</param>
    public IdentityGuard(LiveConfiguration live, Func<ImmutableArray<SharedAddress>> look, TimeProvider time, ILogger logger)
    {
        _live = live;
        _look = look;
        _logger = logger;
        _timer = time.CreateTimer(static guard => ((IdentityGuard)guard!).Look(), this, TimeSpan.Zero, Interval);
    }

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        try
        {
            foreach (Diagnostic finding in InternalAddressChecks.CheckSurroundings(_live.Current.Mappings, _look()))
                ServerLog.IdentityLost(_logger, finding.ToString());
        }
        catch (NetworkInformationException e)
        {
            ServerLog.SurroundingsUnknown(_logger, e);
        }
    }
}
