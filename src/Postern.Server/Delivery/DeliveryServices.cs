using Postern.Policy.Access;
using Postern.Queue;
using Postern.Server.Logs;

namespace Postern.Server.Delivery;

/// <summary>What every job works with.</summary>
/// <param name="Gate">null: every copy may go.</param>
/// <param name="Transactions">null: nothing is told of attempts.</param>
internal sealed record DeliveryServices(
    IQueueStore Queue,
    Func<MailPolicy> Policy,
    DeliveryChannels Channels,
    HostBackoff Backoff,
    TimeProvider Time,
    ILogger Logger,
    DequeueGate? Gate,
    TransactionLog? Transactions);
