using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Dns;
using Postern.Server.Listening;
using Postern.Server.Operations;

namespace Postern.Server.Sessions;

/// <summary>What every session of the server shares.</summary>
/// <param name="Enqueued">called after each commit, so that the scheduler looks at the queue.</param>
/// <param name="Cut">the server will not wait any longer: sessions end where they are.</param>
public sealed record SessionServices(
    LiveConfiguration Configuration,
    IQueueStore Queue,
    DecisionLog Decisions,
    TlsIdentity Tls,
    TimeProvider Time,
    ILogger Logger,
    Action Enqueued,
    CancellationToken Cut = default)
{
    /// <summary>Null: <c>mailfromdnsverify</c> asks nobody.</summary>
    public IDnsLookup? Dns { get; init; }
}
