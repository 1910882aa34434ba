using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery.Dsn;

namespace Postern.Server.Delivery;

/// <summary>
/// The job controller: looks at the queue when something was committed or falls due, claims what may run within the
/// limits of pools and channels, and records every outcome durably before the copy may be claimed again.
/// </summary>
public sealed class DeliveryRunner(
    IQueueStore queue,
    Func<MailPolicy> policy,
    DeliveryChannels channels,
    NotificationSender notifications,
    HostBackoff backoff,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>The queue is looked at at least this often, whatever was signalled.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _wake = new(0);
    private readonly JobCounts _jobs = new();
    private int _woken;

    /// <summary>Something was committed, released or finished: look at the queue soon.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) == 0) _wake.Release();
    }

    /// <summary>Runs until <paramref name="stopping"/>; attempts that are under way are given up by the same token.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        List<Task> running = [];
        await notifications.SendPendingAsync(stopping);
        while (!stopping.IsCancellationRequested)
        {
            Volatile.Write(ref _woken, 0);
            DateTimeOffset? due = null;
            try
            {
                foreach (ChannelDefinition channel in policy().Snapshot.Channels.All) await StartJobsAsync(channel, running, stopping);
                due = await queue.NextDueAsync(stopping);
            }
            catch (Exception e) when (e is QueueReadException or QueueWriteException)
            {
                DeliveryLog.QueueUnavailable(logger, e);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }

            running.RemoveAll(t => t.IsCompleted);
            await SleepAsync(due, stopping);
        }

        await Task.WhenAll(running);
    }

    private async Task StartJobsAsync(ChannelDefinition channel, List<Task> running, CancellationToken stopping)
    {
        ConfigurationSnapshot snapshot = policy().Snapshot;
        int free = _jobs.Free(channel, snapshot);
        if (free <= 0) return;
        ImmutableArray<QueuedCopy> claimed = await queue.ClaimAsync(
            new QueueClaim(channel.Name.ToString(), time.GetUtcNow(), free, backoff.Waiting), stopping);
        foreach (QueuedCopy copy in claimed)
        {
            _jobs.Started(channel, snapshot);
            running.Add(Task.Run(() => RunJobAsync(copy, channel, snapshot, stopping), CancellationToken.None));
        }
    }

    private async Task RunJobAsync(QueuedCopy copy, ChannelDefinition channel, ConfigurationSnapshot snapshot, CancellationToken stopping)
    {
        try
        {
            await AttemptAsync(copy, channel, snapshot, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The claim dies with the process; the recipients are due again at the next start.
        }
        catch (Exception e)
        {
            DeliveryLog.Broke(logger, copy.Envelope.Id.ToString(), channel.Name.ToString(), e);
            await GiveBackAsync(copy, channel);
        }
        finally
        {
            _jobs.Finished(channel, snapshot);
            Wake();
        }
    }

    private async Task AttemptAsync(QueuedCopy copy, ChannelDefinition channel, ConfigurationSnapshot snapshot, CancellationToken stopping)
    {
        string host = copy.Recipients[0].Host;
        DeliveryAttempt attempt = new(
            copy,
            host,
            channel,
            snapshot,
            async ct => new PrefixedStream(copy.HeaderBlock ?? ReadOnlyMemory<byte>.Empty, await queue.OpenContentAsync(copy.Envelope.Id, ct)));
        ImmutableArray<RecipientOutcome> outcomes = await channels.For(channel).DeliverAsync(attempt, stopping);
        bool hostFault = outcomes.Any(o => o is RecipientOutcome.Deferred { HostFault: true });
        if (hostFault) backoff.Failed(host);
        else backoff.Answered(host);

        DateTimeOffset now = time.GetUtcNow();
        RetryPlan plan = new(channel, now);
        ImmutableArray<DeliveryRecord> records = [.. outcomes.Select((o, i) => plan.Record(copy, copy.Recipients[i], o))];
        await queue.RecordAsync(records, CancellationToken.None);
        for (int i = 0; i < records.Length; i++) Log(copy, channel, copy.Recipients[i], outcomes[i], records[i]);
        if (records.Any(r => r.Result == DeliveryResult.Failed)) await notifications.SendPendingAsync(stopping);
    }

    private async Task GiveBackAsync(QueuedCopy copy, ChannelDefinition channel)
    {
        RetryPlan plan = new(channel, time.GetUtcNow());
        DeliveryFault fault = new(DeliveryPhase.Store, new Smtp.Replies.EnhancedCode(4, 3, 0), "the attempt broke off");
        try
        {
            await queue.RecordAsync(
                [.. copy.Recipients.Select(r => plan.Record(copy, r, new RecipientOutcome.Deferred(fault, HostFault: false)))], CancellationToken.None);
        }
        catch (QueueWriteException e)
        {
            // Nothing more can be done while the disk is gone; the claim is forgotten at the next start.
            DeliveryLog.QueueUnavailable(logger, e);
        }
    }

    private void Log(QueuedCopy copy, ChannelDefinition channel, QueuedRecipient recipient, RecipientOutcome outcome, DeliveryRecord record)
    {
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

    private async Task SleepAsync(DateTimeOffset? due, CancellationToken stopping)
    {
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan sleep = LongestSleep;
        foreach (DateTimeOffset? next in (DateTimeOffset?[])[due, backoff.NextProbe])
        {
            // What is due already waits for a free job or for its host, and each of those wakes us.
            if (next is { } at && at > now && at - now < sleep) sleep = at - now;
        }

        using CancellationTokenSource timer = new(sleep, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stopping);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // Both the timer and the stop end the sleep; the loop's condition tells them apart.
        }
    }
}
