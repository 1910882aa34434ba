using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery.Smtp;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery;

/// <summary>Attempts of one channel: asks whether the copy may go, lets the channel's program deliver it, and says what the queue and the logs learn.</summary>
internal sealed class DeliveryAttempts(DeliveryServices services, ChannelDefinition channel, ConfigurationSnapshot snapshot)
{
    private static readonly EnhancedCode TooLarge = new(5, 3, 4);

    public async Task<AttemptResult> RunAsync(QueuedCopy copy, KeptConnection kept, CancellationToken cut)
    {
        ImmutableArray<RecipientOutcome> outcomes = await AttemptAsync(copy, kept, cut);
        RetryPlan plan = new(channel, copy.Envelope.Priority, services.Time.GetUtcNow(), Random.Shared.NextDouble);
        return new AttemptResult(outcomes, [.. outcomes.Select((o, i) => plan.Record(copy, copy.Recipients[i], o))]);
    }

    /// <summary>Writes the logs, once the result is recorded.</summary>
    public void Tell(QueuedCopy copy, AttemptResult result)
    {
        if (!channel.Logging) return;
        for (int i = 0; i < result.Records.Length; i++) Log(copy, copy.Recipients[i], result.Outcomes[i], result.Records[i]);
        if (services.Transactions is not { } transactions) return;
        DateTimeOffset now = services.Time.GetUtcNow();
        for (int i = 0; i < result.Records.Length; i++)
        {
            if (result.Outcomes[i] is RecipientOutcome.Untried) continue;
            transactions.Write(DeliveryRecords.Of(copy, copy.Recipients[i], result.Outcomes[i], result.Records[i], result.Outcomes, snapshot.Version, now));
        }
    }

    private async Task<ImmutableArray<RecipientOutcome>> AttemptAsync(QueuedCopy copy, KeptConnection kept, CancellationToken cut)
    {
        // What an operator wants routed anew does not leave by this channel, and says nothing about its next hop.
        bool goesBack = copy.Recipients.All(r => r.Release.IsRewritten());
        if (!goesBack && !channel.Takes(copy.Size))
        {
            DeliveryFault tooLarge = new(DeliveryPhase.Routing, TooLarge, "message size exceeds the limit");
            return [.. copy.Recipients.Select(_ => new RecipientOutcome.Failed(tooLarge))];
        }

        string host = copy.Recipients[0].Host;
        DeliveryAttempt attempt = new(copy, host, channel, snapshot, OpenAsync) { Kept = kept };
        try
        {
            if (!goesBack && services.Gate is { } gate && await gate.StopAsync(copy, channel, cut) is { } stopped) return [.. copy.Recipients.Select(_ => stopped)];
            ImmutableArray<RecipientOutcome> outcomes = await services.Channels.For(channel).DeliverAsync(attempt, cut);
            if (!channel.IsRemote || goesBack) return outcomes;
            if (outcomes.Any(o => o is RecipientOutcome.Deferred { HostFault: true })) services.Backoff.Failed(host, channel.HostBackoff);
            else services.Backoff.Answered(host);
            return outcomes;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cut.IsCancellationRequested)
        {
            // A defect of one delivery program, or of one message, must not stop the others.
            DeliveryLog.Broke(services.Logger, copy.Envelope.Id.ToString(), channel.Name.ToString(), e);
            return [.. copy.Recipients.Select(_ => new RecipientOutcome.Deferred(DeliveryFault.BrokeOff(), HostFault: false))];
        }

        async Task<Stream> OpenAsync(CancellationToken cancellationToken) =>
            await CopyStream.OpenAsync(
                copy.HeaderBlock,
                copy.Content is { } content ? new MemoryStream(content, writable: false) : await services.Queue.OpenContentAsync(copy.Envelope.Id, cancellationToken),
                cancellationToken);
    }

    private void Log(QueuedCopy copy, QueuedRecipient recipient, RecipientOutcome outcome, DeliveryRecord record)
    {
        ILogger logger = services.Logger;
        string id = copy.Envelope.Id.ToString();
        string name = channel.Name.ToString();
        switch (outcome)
        {
            case RecipientOutcome.Delivered d:
                DeliveryLog.Delivered(logger, id, recipient.Address, name, d.Reply);
                break;
            case RecipientOutcome.Deferred d when record.Result == DeliveryResult.Deferred:
                DeliveryLog.Deferred(logger, id, recipient.Address, name, record.Next, d.Fault.Phase, d.Fault.ToString());
                break;
            case RecipientOutcome.Deferred d:
                DeliveryLog.Failed(logger, id, recipient.Address, name, d.Fault.Phase, $"given up after the last notice age: {d.Fault}");
                break;
            case RecipientOutcome.Failed f:
                DeliveryLog.Failed(logger, id, recipient.Address, name, f.Fault.Phase, f.Fault.ToString());
                break;
            case RecipientOutcome.Held h:
                DeliveryLog.Held(logger, id, recipient.Address, name, h.Reason);
                break;
        }
    }
}
