using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Callouts;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery;

/// <summary>Asks DEQUEUE_ACCESS whether the delivery of a claimed copy may begin.</summary>
public sealed class DequeueGate(Func<MailPolicy> policy, CalloutLoop callouts, TimeProvider time, ILogger logger)
{
    private static readonly EnhancedCode NotNow = new(4, 3, 2);

    /// <returns>what becomes of every recipient of a copy that has to wait; null when it may go.</returns>
    public async ValueTask<RecipientOutcome?> StopAsync(QueuedCopy copy, ChannelDefinition channel, CancellationToken cancellationToken)
    {
        MailPolicy rules = policy();
        string id = copy.Envelope.Id.ToString();
        DequeuedCopy asked = new(channel.Name, id, time.GetUtcNow() - copy.Envelope.Received, copy.ReversePath, copy.Envelope.AuthenticatedUser, copy.Recipients[0].Host);
        DequeueAnswer answer = await callouts.AskAsync(answers => rules.Dequeue(asked, answers), static a => a.Pending, cancellationToken);
        if (answer.Goes) return null;
        DeliveryLog.NotDequeued(logger, id, channel.Name.ToString(), answer.Text, DecidedBy.Of(answer.Explanation));
        return new RecipientOutcome.Deferred(new DeliveryFault(DeliveryPhase.Routing, NotNow, "delivery put off by an access table"), HostFault: false)
        {
            IsAttempt = false,
            RetryAfter = answer.After,
        };
    }
}
