using System.Security.Cryptography;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Callouts;
using Postern.Server.Dns;
using Postern.Server.Ldap;
using Postern.Server.Listening;
using Postern.Server.Logs;
using Postern.Server.Operations;

namespace Postern.Server.Sessions;

/// <summary>What every session of the server shares.</summary>
/// <param name="Enqueued">called after each commit, so that the scheduler looks at the queue.</param>
/// <param name="Callouts">gets what tables ask of the world outside.</param>
/// <param name="Directory">checks the passwords of users that are not in the users file.</param>
/// <param name="Cut">the server will not wait any longer: sessions end where they are.</param>
public sealed record SessionServices(
    LiveConfiguration Configuration,
    IQueueStore Queue,
    IDecisionLog Decisions,
    TlsIdentity Tls,
    TimeProvider Time,
    ILogger Logger,
    Action Enqueued,
    CalloutLoop Callouts,
    DirectoryService Directory,
    CancellationToken Cut = default)
{
    /// <summary>Null: nobody counts the names that internal clients greet with.</summary>
    public IdentityWatch? Identities { get; init; }

    /// <summary>Counts failed authentications.</summary>
    public AuthenticationThrottle Throttle { get; init; } = new(Time);

    /// <summary>Makes what SCRAM asks of users that do not exist; another one in each process, unless it is given.</summary>
    public ReadOnlyMemory<byte> SaslSecret { get; init; } = RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes);

    /// <summary>Null: nothing is told of transactions.</summary>
    public TransactionLog? Transactions { get; init; }

    /// <summary>Delays of access tables (<c>$D</c>) are waited for, not only told.</summary>
    public bool ServesDelays { get; init; } = true;

    /// <summary>Null: no client has a name.</summary>
    public ClientNames? Names { get; init; }

    /// <summary>Null: <c>mailfromdnsverify</c> asks nobody.</summary>
    public IDnsLookup? Dns { get; init; }
}
