using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery.Smtp;

namespace Postern.Server.Delivery;

/// <summary>
/// One job of a channel: the copy that it was started for, then what else is due, one attempt after the other. On a channel
/// with next hops all of it is for one of them and goes out on one connection.
/// </summary>
/// <remarks>
/// INVARIANT: the results of an attempt are durable before the next one begins. The claim of what comes next is handed to the
/// store together with them, so a message costs one synchronisation of the disk and shares even that.
/// INVARIANT: what was claimed is recorded or given back, unless the process ends before.
/// </remarks>
internal sealed class DeliveryJob(DeliveryServices services, JobCounts jobs, ChannelDefinition channel, ConfigurationSnapshot snapshot, ImmutableArray<QueuedCopy> claimed)
{
    /// <summary>Between attempts to write what the disk refused.</summary>
    private static readonly TimeSpan RecordRetry = TimeSpan.FromSeconds(5);

    private readonly DeliveryAttempts _attempts = new(services, channel, snapshot);
    private readonly Queue<QueuedCopy> _copies = new(claimed);
    private readonly string _host = claimed[0].Recipients[0].Host;
    private int _transactions;

    /// <param name="stopping">nothing new is begun.</param>
    /// <param name="cut">gives up the attempt under way; its recipients are due again at the next start.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken cut)
    {
        try
        {
            await using KeptConnection kept = new();
            while (_copies.TryDequeue(out QueuedCopy? copy))
            {
                AttemptResult result = await _attempts.RunAsync(copy, kept, cut);
                _transactions++;
                Task record = RecordAsync(result.Records, cut);
                Task<ImmutableArray<QueuedCopy>> next = GoesOn(copy, result, stopping) ? ClaimAsync(kept) : Task.FromResult<ImmutableArray<QueuedCopy>>([]);
                await record;
                _attempts.Tell(copy, result);
                foreach (QueuedCopy further in await next) _copies.Enqueue(further);
                if (result.IsHostFault || stopping.IsCancellationRequested) await GiveBackAsync(cut);
            }
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested)
        {
            // The claim dies with the process; the recipients are due again at the next start.
        }
    }

    private bool GoesOn(QueuedCopy copy, AttemptResult result, CancellationToken stopping) =>
        _copies.Count == 0
        && _transactions < channel.TransactionsPerConnection
        && channel.MessagesPerMinutePerHost is null
        && !result.IsHostFault
        && !stopping.IsCancellationRequested
        && !jobs.IsOutranked(channel, snapshot, copy.Recipients[0].Rank)
        && ReferenceEquals(services.Policy().Snapshot, snapshot);

    private async Task<ImmutableArray<QueuedCopy>> ClaimAsync(KeptConnection kept)
    {
        // Without a connection that can be used again the scheduler may as well say whose turn it is.
        if (channel.IsRemote && !kept.IsUsable) return [];
        QueueClaim claim = new(channel.Name.ToString(), services.Time.GetUtcNow(), Limit: 1, ImmutableHashSet<string>.Empty, channel.RecipientsPerTransaction)
        {
            Host = channel.IsRemote ? _host : null,
        };
        try
        {
            return await services.Queue.ClaimAsync(claim, CancellationToken.None);
        }
        catch (QueueWriteException e)
        {
            DeliveryLog.QueueUnavailable(services.Logger, e);
            return [];
        }
    }

    private async Task GiveBackAsync(CancellationToken cut)
    {
        if (_copies.Count == 0) return;
        ImmutableArray<DeliveryRecord> untouched =
            [.. _copies.SelectMany(c => c.Recipients.Select(r => new DeliveryRecord(new RecipientKey(c.CopyId, r.Number), DeliveryResult.GivenBack, default, "")))];
        _copies.Clear();
        await RecordAsync(untouched, cut);
    }

    private async Task RecordAsync(ImmutableArray<DeliveryRecord> records, CancellationToken cut)
    {
        while (true)
        {
            try
            {
                await services.Queue.RecordAsync(records, CancellationToken.None);
                return;
            }
            catch (QueueWriteException e)
            {
                DeliveryLog.QueueUnavailable(services.Logger, e);
            }

            await Task.Delay(RecordRetry, services.Time, cut);
        }
    }
}
