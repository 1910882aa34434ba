using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Postern.Queue;

/// <summary>
/// The queue in memory, for tests and sessions that must leave nothing behind: the same states and the same order as on
/// disk, gone with the process. One lock; every look-up walks over all messages.
/// </summary>
public sealed class MemoryQueueStore(TimeProvider time) : IQueueStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, MemoryMessage> _messages = [];
    private readonly SortedSet<string> _stopped = new(StringComparer.OrdinalIgnoreCase);
    private readonly SortedSet<string> _stoppedHosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<PastAttempt> _attempts = [];
    private long _lastNumber;

    public IStagedMessage Stage(QueueId id) => new MemoryStagedMessage(id, Interlocked.Increment(ref _lastNumber));

    public async Task CommitAsync(
        IStagedMessage staged,
        Envelope envelope,
        ImmutableArray<NewCopy> copies,
        ImmutableArray<RecipientKey> settled,
        CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        RecipientTransitions.CheckPublication(staged, envelope, copies);
        cancellationToken.ThrowIfCancellationRequested();
        MemoryStagedMessage content = (MemoryStagedMessage)staged;
        byte[] bytes = content.Take();
        lock (_gate)
        {
            if (_messages.Values.Any(m => m.Envelope.Id == envelope.Id))
                throw new QueueWriteException($"the queue id {envelope.Id} is already in use");
            _messages.Add(content.Number, MemoryMessage.Publish(content.Number, envelope, bytes, copies, time.GetUtcNow()));
            Strike(settled);
        }
    }

    public Task<ImmutableArray<QueuedCopy>> ClaimAsync(QueueClaim claim, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ImmutableArray<QueuedCopy>.Builder claimed = ImmutableArray.CreateBuilder<QueuedCopy>();
        lock (_gate)
        {
            Age(claim.Now);
            if (_stopped.Contains(claim.Channel)) return Task.FromResult(claimed.ToImmutable());
            var due =
                from message in _messages.Values
                from copy in message.Copies
                where string.Equals(copy.Source.Channel, claim.Channel, StringComparison.OrdinalIgnoreCase)
                from sameHost in copy.Recipients.GroupBy(r => r.Host, StringComparer.Ordinal)
                where !claim.Waiting.Contains(sameHost.Key) && !_stoppedHosts.Contains(sameHost.Key) && (claim.Host is null || claim.Host == sameHost.Key) && sameHost.All(r => r.State != RecipientState.Claimed)
                let recipients = sameHost.Where(r => r.State == RecipientState.Queued && r.Next <= claim.Now).ToArray()
                where recipients.Length > 0
                let first = recipients.MinBy(r => (r.Rank, r.Next, r.Number))!
                orderby first.Rank, first.Next, copy.Id, first.Number
                select (message, copy, recipients);
            BacklogGate<(MemoryMessage, MemoryCopy, QueuedRecipient[])> gate = new(claim.Backlog);
            foreach ((MemoryMessage, MemoryCopy, QueuedRecipient[] Recipients) group in due.ToArray())
            {
                if (claimed.Count >= claim.Limit) break;
                if (!gate.TryPass(group.Recipients[0].Host, group, out (MemoryMessage, MemoryCopy, QueuedRecipient[]) passed)) continue;
                (MemoryMessage message, MemoryCopy copy, QueuedRecipient[] recipients) = passed;
                QueuedRecipient[] taken = [.. recipients.Take(claim.RecipientLimit).Select(r => r with { State = RecipientState.Claimed })];
                foreach (QueuedRecipient recipient in taken) copy.Recipients[recipient.Number] = recipient;
                claimed.Add(message.Show(copy, taken));
            }
        }

        return Task.FromResult(claimed.ToImmutable());
    }

    public Task RecordAsync(ImmutableArray<DeliveryRecord> records, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (DeliveryRecord record in records)
                Change(record.Key, r => RecipientTransitions.Recorded(r, record, now), record.IsInHistory ? new PastAttempt(record.Key, now.ToUniversalTime(), record.Reply) : null);
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<DueChannel>> DueChannelsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<DueChannel>>(
            [
                .. AllRecipients().Where(r => r.Recipient.State == RecipientState.Queued && r.Recipient.Next <= now)
                    .Select(r => new DueChannel(r.Copy.Source.Channel, r.Recipient.Rank, r.Recipient.Next))
                    .OrderBy(d => (d.Rank, d.Next)).ThenBy(d => d.Name, StringComparer.OrdinalIgnoreCase)
                    .DistinctBy(d => d.Name, StringComparer.OrdinalIgnoreCase),
            ]);
        }
    }

    public Task<DateTimeOffset?> NextDueAsync(DateTimeOffset after, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(AllRecipients().Where(r => r.Recipient.State == RecipientState.Queued && r.Recipient.Next > after).Min(r => (DateTimeOffset?)r.Recipient.Next));
        }
    }

    public Task<ImmutableArray<PendingNotification>> PendingNotificationsAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<ImmutableArray<PendingNotification>>(
            [
                .. (from message in _messages.Values
                    from copy in message.Copies
                    let owed = copy.Recipients.Where(r => r.NotificationOwed).ToImmutableArray()
                    where !owed.IsEmpty
                    select new PendingNotification(message.Envelope, copy.Id, copy.Source.Channel, copy.Source.ReversePath, owed) { Size = message.Content.Length }).Take(PendingNotification.PageSize),
            ]);
        }
    }

    public Task SettleAsync(ImmutableArray<RecipientKey> recipients, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate) Strike(recipients);
        return Task.CompletedTask;
    }

    public Task<OperatorOutcome> ApplyAsync(ImmutableArray<RecipientKey> recipients, OperatorAction action, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        OperatorOutcome outcome = new(0, 0);
        ImmutableArray<RecipientKey>.Builder changed = ImmutableArray.CreateBuilder<RecipientKey>();
        lock (_gate)
        {
            foreach (IGrouping<long, RecipientKey> keys in recipients.GroupBy(key => QueueNumbers.MessageOfCopy(key.CopyId)))
            {
                if (!_messages.TryGetValue(keys.Key, out MemoryMessage? message)) continue;
                foreach (RecipientKey key in keys)
                {
                    OperatorOutcome one = Apply(message, key, action);
                    if (one.Changed > 0) changed.Add(key);
                    outcome += one;
                }

                RemoveIfDone(message);
            }
        }

        return Task.FromResult(outcome with { Keys = changed.ToImmutable() });
    }

    public Task SetStoppedAsync(string channel, bool stopped, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate) _ = stopped ? _stopped.Add(channel) : _stopped.Remove(channel);
        return Task.CompletedTask;
    }

    public Task SetHostStoppedAsync(string host, bool stopped, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_gate) _ = stopped ? _stoppedHosts.Add(host.ToLowerInvariant()) : _stoppedHosts.Remove(host);
        return Task.CompletedTask;
    }

    public bool HasRoom(long octets) => true;

    public async IAsyncEnumerable<QueueEntry> ListAsync(QueueFilter filter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        QueueEntry[] entries;
        lock (_gate) entries = [.. AllRecipients().Select(r => r.Message.Entry(r.Copy, r.Recipient))];
        FilteredWalk walk = new(this, filter);
        int left = filter.Limit;
        foreach (QueueEntry entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (left <= 0) yield break;
            if (!await walk.PassesAsync(entry, cancellationToken)) continue;
            left--;
            yield return entry;
        }
    }

    public Task<QueuedMessage?> FindAsync(QueueId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(Find(id) is { } message
                ? new QueuedMessage(message.Envelope, message.Content.Length, [.. message.Copies.Select(c => message.Show(c, c.Recipients))])
                : null);
        }
    }

    public Task<IReadOnlyList<ChannelTotal>> TotalsAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return Task.FromResult(MemoryTotals.Channels(AllRecipients()));
    }

    public Task<IReadOnlyList<HostTotal>> HostTotalsAsync(string? channel, int limit, CancellationToken cancellationToken)
    {
        lock (_gate) return Task.FromResult(MemoryTotals.Hosts(AllRecipients(), channel, limit));
    }

    public Task<IReadOnlyList<string>> StoppedAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return Task.FromResult<IReadOnlyList<string>>([.. _stopped]);
    }

    public Task<IReadOnlyList<string>> StoppedHostsAsync(CancellationToken cancellationToken)
    {
        lock (_gate) return Task.FromResult<IReadOnlyList<string>>([.. _stoppedHosts]);
    }

    public Task<IReadOnlyList<PastAttempt>> HistoryAsync(QueueId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<PastAttempt>>(Find(id) is { } message
                ? [.. _attempts.Where(a => QueueNumbers.MessageOfCopy(a.Key.CopyId) == message.Number).OrderBy(a => (a.Key.CopyId, a.Key.Number, a.Time))]
                : []);
        }
    }

    public Task<Stream> OpenContentAsync(QueueId id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Find(id) is { } message
                ? Task.FromResult<Stream>(new MemoryStream(message.Content, writable: false))
                : Task.FromException<Stream>(new QueueReadException($"no message {id} in the queue"));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private MemoryMessage? Find(QueueId id) => _messages.Values.FirstOrDefault(m => m.Envelope.Id == id);

    private static OperatorOutcome Apply(MemoryMessage message, RecipientKey key, OperatorAction action)
    {
        if (message.Copies.FirstOrDefault(c => c.Id == key.CopyId) is not { } copy || (uint)key.Number >= (uint)copy.Recipients.Length) return new OperatorOutcome(0, 0);
        QueuedRecipient before = copy.Recipients[key.Number];
        if (before.State == RecipientState.Claimed) return new OperatorOutcome(0, 1);
        if (RecipientTransitions.Applied(before, action, message.Envelope.Received) is not { } after) return new OperatorOutcome(0, 0);
        copy.Recipients[key.Number] = after;
        return new OperatorOutcome(1, 0);
    }

    private IEnumerable<(MemoryMessage Message, MemoryCopy Copy, QueuedRecipient Recipient)> AllRecipients() =>
        from message in _messages.Values
        from copy in message.Copies
        from recipient in copy.Recipients
        select (message, copy, recipient);

    private void Age(DateTimeOffset now)
    {
        foreach (MemoryMessage message in _messages.Values.Where(m => QueueRanks.IsOld(m.Envelope.Received, now)))
        {
            foreach (MemoryCopy copy in message.Copies)
            {
                foreach (QueuedRecipient recipient in copy.Recipients.Where(r => r.State == RecipientState.Queued && QueueRanks.Ages(r.Rank)).ToArray())
                    copy.Recipients[recipient.Number] = recipient with { Rank = QueueRank.Normal };
            }
        }
    }

    private void Strike(ImmutableArray<RecipientKey> keys)
    {
        foreach (RecipientKey key in keys) Change(key, r => RecipientTransitions.Settled(r, key.OfWarning));
    }

    /// <param name="attempt">remembered if the transition takes place.</param>
    private void Change(RecipientKey key, Func<QueuedRecipient, QueuedRecipient?> transition, PastAttempt? attempt = null)
    {
        if (!_messages.TryGetValue(QueueNumbers.MessageOfCopy(key.CopyId), out MemoryMessage? message)) return;
        if (message.Copies.FirstOrDefault(c => c.Id == key.CopyId) is not { } copy || (uint)key.Number >= (uint)copy.Recipients.Length) return;
        if (transition(copy.Recipients[key.Number]) is not { } after) return;
        copy.Recipients[key.Number] = after;
        if (attempt is not null) Remember(attempt);
        RemoveIfDone(message);
    }

    private void Remember(PastAttempt attempt)
    {
        _attempts.RemoveAll(a => a.Key == attempt.Key && a.Time == attempt.Time);
        _attempts.Add(attempt);
        if (_attempts.Where(a => a.Key == attempt.Key).ToArray() is { Length: > PastAttempt.Kept } all) _attempts.Remove(all.MinBy(a => a.Time)!);
    }

    private void RemoveIfDone(MemoryMessage message)
    {
        if (!message.Copies.All(c => c.Recipients.All(RecipientTransitions.IsDone))) return;
        _messages.Remove(message.Number);
        _attempts.RemoveAll(a => QueueNumbers.MessageOfCopy(a.Key.CopyId) == message.Number);
    }
}
