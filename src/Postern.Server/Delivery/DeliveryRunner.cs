using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery.Dsn;
using Postern.Server.Logs;

namespace Postern.Server.Delivery;

/// <summary>
/// The job controller: looks at the queue when something was committed or falls due, claims what may run within the
/// limits of pools, channels and next hops, and starts a <see cref="DeliveryJob"/> for it.
/// </summary>
/// <remarks>
/// INVARIANT: what a delivery did is recorded or stays claimed; a record that cannot be written is repeated, and never
/// replaced by "try again", which would deliver the message twice.
/// </remarks>
/// <param name="gate">null: every copy may go.</param>
/// <param name="transactions">null: nothing is told of attempts.</param>
public sealed class DeliveryRunner(
    IQueueStore queue,
    Func<MailPolicy> policy,
    DeliveryChannels channels,
    NotificationSender notifications,
    HostBackoff backoff,
    TimeProvider time,
    ILogger logger,
    DequeueGate? gate = null,
    TransactionLog? transactions = null) : IDisposable
{
    /// <summary>The queue is looked at at least this often, whatever was signalled.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private readonly DeliveryServices _services = new(queue, policy, channels, backoff, time, logger, gate, transactions);
    private readonly SemaphoreSlim _wake = new(0);
    private readonly JobCounts _jobs = new();
    private readonly ChannelTurns _turns = new();
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
                await StartJobsAsync(looked, snapshot, running, stopping, cut);

                // Who was woken meanwhile looks again at once, and need not know what is due later.
                if (Volatile.Read(ref _woken) == 0) due = await queue.NextDueAsync(looked, stopping);
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

    /// <summary>Starts jobs one after the other, each for the channel whose mail is first, as long as there is room and something to claim.</summary>
    private async Task StartJobsAsync(DateTimeOffset looked, ConfigurationSnapshot snapshot, List<Task> running, CancellationToken stopping, CancellationToken cut)
    {
        HashSet<ChannelName> exhausted = [];
        List<(DueChannel Due, ChannelDefinition Channel)> open = await OpenAsync(looked, snapshot, exhausted, stopping);
        while (open.Where(o => _jobs.HasRoom(o.Channel, snapshot)).OrderBy(o => Turn(o.Due)).FirstOrDefault() is { Channel: { } channel, Due: { } due })
        {
            ImmutableArray<QueuedCopy> claimed = await queue.ClaimAsync(Claim(channel), stopping);
            if (claimed.IsEmpty)
            {
                exhausted.Add(channel.Name);
                open.RemoveAll(o => o.Channel.Name == channel.Name);
                continue;
            }

            _turns.Got(due, claimed[0].Recipients[0]);
            _jobs.Started(channel, snapshot);
            if (channel.IsRemote) backoff.Started(claimed[0].Recipients[0].Host, channel.MessagesPerMinutePerHost);
            running.Add(Task.Run(() => RunJobAsync(claimed, channel, snapshot, stopping, cut), CancellationToken.None));

            // Whose mail is first now matters only to channels that share a pool.
            if (open.Exists(o => o.Channel.Name != channel.Name && snapshot.PoolOf(o.Channel) == snapshot.PoolOf(channel))) open = await OpenAsync(looked, snapshot, exhausted, stopping);
        }

        _jobs.SetWaiting(open.Select(o => (o.Channel, _turns.Expected(o.Due).Rank)), snapshot);
    }

    private async Task<List<(DueChannel Due, ChannelDefinition Channel)>> OpenAsync(
        DateTimeOffset looked, ConfigurationSnapshot snapshot, HashSet<ChannelName> exhausted, CancellationToken stopping)
    {
        List<(DueChannel, ChannelDefinition)> open = [];
        foreach (DueChannel due in await queue.DueChannelsAsync(looked, stopping))
        {
            if (snapshot.Channels.FindByName(new ChannelName(due.Name)) is { } channel && !exhausted.Contains(channel.Name)) open.Add((due, channel));
        }

        return open;
    }

    private (QueueRank Rank, DateTimeOffset Next) Turn(DueChannel due) => (_turns.Expected(due).Rank, _turns.Expected(due).Next);

    private QueueClaim Claim(ChannelDefinition channel) => channel.IsRemote
        ? new QueueClaim(
            channel.Name.ToString(),
            time.GetUtcNow(),
            Limit: 1,
            backoff.Waiting(channel.ConnectionsPerHost),
            channel.RecipientsPerTransaction,
            backoff.Backlog(channel.ThreadDepth))
        : new QueueClaim(channel.Name.ToString(), time.GetUtcNow(), Limit: 1, ImmutableHashSet<string>.Empty);

    private async Task RunJobAsync(
        ImmutableArray<QueuedCopy> claimed, ChannelDefinition channel, ConfigurationSnapshot snapshot, CancellationToken stopping, CancellationToken cut)
    {
        try
        {
            await new DeliveryJob(_services, _jobs, channel, snapshot, claimed).RunAsync(stopping, cut);
        }
        finally
        {
            _jobs.Finished(channel, snapshot);
            if (channel.IsRemote) backoff.Ended(claimed[0].Recipients[0].Host);
            Wake();
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
