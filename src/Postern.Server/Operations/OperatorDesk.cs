using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Smtp.Replies;

namespace Postern.Server.Operations;

/// <summary>
/// Does to the queue what operators ask for, and writes down who it was. The same inside the running server and in a command
/// that has the queue for itself. Copies are changed side by side, so that the store commits many of them at once; a message is
/// read once, however many copies it has.
/// </summary>
/// <param name="madeDue">called with the next hops of mail that became due, once for each change: their back-off ends, the scheduler looks.</param>
/// <param name="records">null: the transaction log is not told.</param>
public sealed class OperatorDesk(IQueueStore queue, OperatorLog log, Action<IReadOnlySet<string>> madeDue, OperatorRecords? records = null)
{
    private const int Batch = 256;

    /// <summary>The status of what an operator returned.</summary>
    public static readonly EnhancedCode Returned = new(5, 7, 0);

    /// <exception cref="QueueWriteException">the disk refuses; what was changed before is changed and logged.</exception>
    /// <exception cref="QueueReadException">the queue cannot be read; likewise.</exception>
    public async Task<OperatorOutcome> RunAsync(OperatorRequest request, CancellationToken cancellationToken)
    {
        if (request.IsForChannel) return await SwitchAsync(request, cancellationToken);
        OperatorOutcome outcome = new(0, 0);
        HashSet<string> hosts = new(StringComparer.OrdinalIgnoreCase);
        List<QueueEntry> batch = [];
        CopiesBefore? before = records is null || request.Verb == OperatorVerb.Retry ? null : new CopiesBefore(queue);

        // What an action touched may match once more, or no longer; the walk goes forward only, so each recipient is met once.
        await foreach (QueueEntry entry in queue.ListAsync(request.Selection, cancellationToken))
        {
            if (batch.Count >= Batch && entry.Key.CopyId != batch[^1].Key.CopyId)
            {
                outcome += await ApplyAsync(request, batch, before, cancellationToken);
                batch.Clear();
            }

            batch.Add(entry);
            if (request.Verb is OperatorVerb.Retry or OperatorVerb.Release) hosts.Add(entry.Host);
        }

        outcome += await ApplyAsync(request, batch, before, cancellationToken);
        if (outcome.Changed > 0) madeDue(hosts);
        return outcome;
    }

    private async Task<OperatorOutcome> ApplyAsync(OperatorRequest request, List<QueueEntry> batch, CopiesBefore? before, CancellationToken cancellationToken)
    {
        OperatorAction action = Action(request);
        IReadOnlyDictionary<long, QueuedCopy>? told = before is null ? null : await before.ReadAsync(batch, cancellationToken);
        OperatorOutcome[] outcomes = await Task.WhenAll(batch.GroupBy(entry => entry.Key.CopyId).Select(async copy =>
        {
            OperatorOutcome changed = await queue.ApplyAsync([.. copy.Select(entry => entry.Key)], action, cancellationToken);
            QueueEntry first = copy.First();
            if (changed != new OperatorOutcome(0, 0)) log.Write(request, first.Id, first.Channel, first.ReversePath, copy.Select(entry => entry.Recipient), changed);
            if (told is not null && told.TryGetValue(copy.Key, out QueuedCopy? known)) records!.Write(request, known, changed.Keys);
            return changed;
        }));

        // However many are changed, none of these lines is lost for want of room.
        if (told is not null) await records!.FlushAsync();
        return outcomes.Aggregate(new OperatorOutcome(0, 0), (sum, one) => sum + one);
    }

    private async Task<OperatorOutcome> SwitchAsync(OperatorRequest request, CancellationToken cancellationToken)
    {
        bool stop = request.Verb == OperatorVerb.Stop;
        string? channel = request.Selection.Channel;
        string name = channel ?? request.Selection.Host ?? throw new ArgumentException("neither a channel nor a host is named", nameof(request));
        IReadOnlyList<string> all = channel is null ? await queue.StoppedHostsAsync(cancellationToken) : await queue.StoppedAsync(cancellationToken);
        if (all.Contains(name, StringComparer.OrdinalIgnoreCase) == stop) return new OperatorOutcome(0, 0);
        if (channel is null) await queue.SetHostStoppedAsync(name, stop, cancellationToken);
        else await queue.SetStoppedAsync(channel, stop, cancellationToken);
        OperatorOutcome changed = new(1, 0);
        log.Write(request, null, channel, null, [], changed);
        madeDue(new HashSet<string>());
        return changed;
    }

    private static OperatorAction Action(OperatorRequest request) => request.Verb switch
    {
        OperatorVerb.Retry => new OperatorAction.Retry(),
        OperatorVerb.Hold => new OperatorAction.Hold(request.Text ?? $"held by {request.User}"),
        OperatorVerb.Release => new OperatorAction.Release(request.Force, request.Rewrite),
        OperatorVerb.Return => new OperatorAction.Return(new LastReply(Returned, null, request.Text ?? "the message was returned by the postmaster").ToString(), request.Silent),
        OperatorVerb.Delete => new OperatorAction.Delete(),
        _ => throw new ArgumentException($"{request.Verb} is not done to messages", nameof(request)),
    };
}
