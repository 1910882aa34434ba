using System.Collections.Immutable;
using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>What one attempt did, and what the queue is to keep of it; both by the copy's recipients.</summary>
internal sealed record AttemptResult(ImmutableArray<RecipientOutcome> Outcomes, ImmutableArray<DeliveryRecord> Records)
{
    /// <summary>The next hop cannot be used now.</summary>
    public bool IsHostFault => Outcomes.Any(o => o is RecipientOutcome.Deferred { HostFault: true });
}
