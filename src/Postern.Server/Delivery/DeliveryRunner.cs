using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery.Dsn;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery;

/// <summary>
/// The job controller: looks at the queue when something was committed or falls due, claims what may run within the
/// limits of pools, channels and next hops, and records every outcome durably before the copy may be claimed again.
/// </summary>
/// <remarks>
/// INVARIANT: what a delivery did is recorded or stays claimed; a record that cannot be written is repeated, and never
/// replaced by "try again", which would deliver the message twice.
/// </remarks>
public sealed class DeliveryRunner(
    IQueueStore queue,
    Func<MailPolicy> policy,
    DeliveryChannels channels,
    NotificationSender notifications,
    HostBackoff backoff,
    TimeProvider time,
    ILogger logger) : IDisposable
{
    /// <summary>The queue is looked at at least this often, whatever was signalled.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    /// <summary>Between attempts to write what the disk refused.</summary>
    private static readonly TimeSpan RecordRetry = TimeSpan.FromSeconds(5);

    private static readonly EnhancedCode AttemptBroke = new(4, 3, 0);
    private static readonly EnhancedCode TooLarge = new(5, 3, 4);

    private readonly SemaphoreSlim _wake = new(0);
    private readonly JobCounts _jobs = new();
    private int _woken;

    /// <summary>Something was committed, released or finished: look at the queue soon.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) == 0) _wake.Release();
    }

    /// <summary>An operator wants mail tried now: these next hops are no longer in back-off.</summary>
    public void MadeDue(IReadOnlySet<string> hosts)
    {
        foreach (string host in hosts) backoff.Answered(host);
        Wake();
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>Runs until <paramref name="stopping"/>, then waits for the attempts under way.</summary>
    /// <param name="cut">gives up attempts; their recipients are due again at the next start.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken cut)
    {
        List<Task> running = [];
        while (!stopping.IsCancellationRequested)
        {
            Volatile.Write(ref _woken, 0);
            DateTimeOffset looked = time.GetUtcNow();
            DateTimeOffset? due = null;
            try
            {
                await notifications.SendPendingAsync(stopping);
                ConfigurationSnapshot snapshot = policy().Snapshot;
                foreach (ChannelDefinition channel in snapshot.Channels.All) await StartJobsAsync(channel, snapshot, running, stopping, cut);
                due = await queue.NextDueAsync(looked, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                // A broken disk, or a defect that one message brings out: the rest of the mail must not stand still for it.
                DeliveryLog.QueueUnavailable(logger, e);
            }

            running.RemoveAll(t => t.IsCompleted);
            await SleepAsync(looked, due, stopping);
        }

        await Task.WhenAll(running);
    }

    private async Task StartJobsAsync(
        ChannelDefinition channel, ConfigurationSnapshot snapshot, List<Task> running, CancellationToken stopping, CancellationToken cut)
    {
        while (_jobs.Free(channel, snapshot) is var free and > 0)
        {
            // One at a time where next hops are limited: what was claimed could not be given back.
            int limit = channel.IsRemote ? 1 : free;
            ImmutableArray<QueuedCopy> claimed = await queue.ClaimAsync(
                channel.IsRemote
                    ? new QueueClaim(channel.Name.ToString(), time.GetUtcNow(), limit, backoff.Waiting, Backlog: backoff.Backlog(channel.ThreadDepth))
                    : new QueueClaim(channel.Name.ToString(), time.GetUtcNow(), limit, ImmutableHashSet<string>.Empty),
                stopping);
            foreach (QueuedCopy copy in claimed)
            {
                _jobs.Started(channel, snapshot);
                if (channel.IsRemote) backoff.Started(copy.Recipients[0].Host);
                running.Add(Task.Run(() => RunJobAsync(copy, channel, snapshot, cut), CancellationToken.None));
            }

            if (claimed.Length < limit) return;
        }
    }

    private async Task RunJobAsync(QueuedCopy copy, ChannelDefinition channel, ConfigurationSnapshot snapshot, CancellationToken cut)
    {
        try
        {
            ImmutableArray<RecipientOutcome> outcomes = await AttemptAsync(copy, channel, snapshot, cut);
            MessagePriority priority = outcomes.Any(o => o is RecipientOutcome.Deferred) ? await PriorityAsync(copy, snapshot, cut) : MessagePriority.Normal;
            RetryPlan plan = new(channel, priority, time.GetUtcNow(), Random.Shared.NextDouble);
            ImmutableArray<DeliveryRecord> records = [.. outcomes.Select((o, i) => plan.Record(copy, copy.Recipients[i], o))];
            await RecordAsync(records, cut);
            for (int i = 0; i < records.Length; i++) Log(copy, channel, copy.Recipients[i], outcomes[i], records[i]);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            // The claim dies with the process; the recipients are due again at the next start.
        }
        finally
        {
            _jobs.Finished(channel, snapshot);
            if (channel.IsRemote) backoff.Ended(copy.Recipients[0].Host);
            Wake();
        }
    }

    private async Task<MessagePriority> PriorityAsync(QueuedCopy copy, ConfigurationSnapshot snapshot, CancellationToken cut)
    {
        try
        {
            await using Stream content = await queue.OpenContentAsync(copy.Envelope.Id, cut);
            return PriorityField.Of(await HeaderFields.ReadAsync(content, cut), copy.Envelope, snapshot);
        }
        catch (QueueReadException e)
        {
            DeliveryLog.QueueUnavailable(logger, e);
            return MessagePriority.Normal;
        }
    }

    private async Task<ImmutableArray<RecipientOutcome>> AttemptAsync(
        QueuedCopy copy, ChannelDefinition channel, ConfigurationSnapshot snapshot, CancellationToken cut)
    {
        if (!channel.Takes(copy.Size))
        {
            DeliveryFault tooLarge = new(DeliveryPhase.Routing, TooLarge, "message size exceeds the limit");
            return [.. copy.Recipients.Select(_ => new RecipientOutcome.Failed(tooLarge))];
        }

        string host = copy.Recipients[0].Host;
        DeliveryAttempt attempt = new(copy, host, channel, snapshot, OpenAsync);
        try
        {
            ImmutableArray<RecipientOutcome> outcomes = await channels.For(channel).DeliverAsync(attempt, cut);
            if (!channel.IsRemote) return outcomes;
            if (outcomes.Any(o => o is RecipientOutcome.Deferred { HostFault: true })) backoff.Failed(host, channel.HostBackoff);
            else backoff.Answered(host);
            return outcomes;
        }
        catch (Exception e) when (e is not OperationCanceledException || !cut.IsCancellationRequested)
        {
            // A defect of one delivery program, or of one message, must not stop the others.
            DeliveryLog.Broke(logger, copy.Envelope.Id.ToString(), channel.Name.ToString(), e);
            DeliveryFault fault = new(DeliveryPhase.Store, AttemptBroke, "the attempt broke off");
            return [.. copy.Recipients.Select(_ => new RecipientOutcome.Deferred(fault, HostFault: false))];
        }

        async Task<Stream> OpenAsync(CancellationToken cancellationToken) =>
            await CopyStream.OpenAsync(copy.HeaderBlock, await queue.OpenContentAsync(copy.Envelope.Id, cancellationToken), cancellationToken);
    }

    private async Task RecordAsync(ImmutableArray<DeliveryRecord> records, CancellationToken cut)
    {
        while (true)
        {
            try
            {
                await queue.RecordAsync(records, CancellationToken.None);
                return;
            }
            catch (QueueWriteException e)
            {
                DeliveryLog.QueueUnavailable(logger, e);
            }

            await Task.Delay(RecordRetry, time, cut);
        }
    }

    private void Log(QueuedCopy copy, ChannelDefinition channel, QueuedRecipient recipient, RecipientOutcome outcome, DeliveryRecord record)
    {
        if (!channel.Logging) return;
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

    /// <param name="looked">when this round began: what was due by then either runs or waits for a job, and the end of a job wakes us.</param>
    private async Task SleepAsync(DateTimeOffset looked, DateTimeOffset? due, CancellationToken stopping)
    {
        DateTimeOffset now = time.GetUtcNow();
        TimeSpan sleep = LongestSleep;

        // A time that passed since then must end the sleep at once: measured from now, it would be taken for one that was looked at.
        foreach (DateTimeOffset? next in (DateTimeOffset?[])[due, backoff.NextProbe(looked)])
        {
            if (next is { } at && at - now < sleep) sleep = at > now ? at - now : TimeSpan.Zero;
        }

        if (sleep == TimeSpan.Zero) return;
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
