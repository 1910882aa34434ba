using System.Security.Cryptography.X509Certificates;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Server.Sessions;

/// <summary>What every session of the server shares.</summary>
/// <param name="Enqueued">called after each commit, so that the scheduler looks at the queue.</param>
/// <param name="Certificate">null when TLS cannot be offered.</param>
public sealed record SessionServices(
    LiveConfiguration Configuration,
    IQueueStore Queue,
    DecisionLog Decisions,
    X509Certificate2? Certificate,
    TimeProvider Time,
    ILogger Logger,
    Action Enqueued);
