using System.Collections.Immutable;
using Postern.Queue;

namespace Postern.Server.Tests.Harness;

/// <summary>A queue whose disk refuses the n-th operation, once; looks that find nothing are not counted. What is refused is not done, or, where that is asked for, done and reported as failed.</summary>
/// <param name="failing">number of the operation that fails, from 0; a negative one never comes.</param>
/// <param name="afterTheFact">a commit that fails has reached the disk all the same.</param>
internal sealed class FailingQueue(IQueueStore inner, int failing = -1, bool afterTheFact = false) : IQueueStore
{
    private int _operations = -1;
    private int _lookUps;

    /// <summary>Messages that were read whole.</summary>
    public int LookUps => Volatile.Read(ref _lookUps);

    /// <summary>Octets free for new mail.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>Every commit fails from now on.</summary>
    public bool IsBroken { get; set; }

    public bool HasFailed => Volatile.Read(ref _operations) >= failing;

    public IStagedMessage Stage(QueueId id) => inner.Stage(id);

    public async Task CommitAsync(
        IStagedMessage staged, Envelope envelope, ImmutableArray<NewCopy> copies, ImmutableArray<RecipientKey> settled, CancellationToken cancellationToken)
    {
        bool fails = IsNext() || IsBroken;
        if (!fails || afterTheFact) await inner.CommitAsync(staged, envelope, copies, settled, cancellationToken);
        if (fails) throw new QueueWriteException("the disk refuses");
    }

    public async Task<ImmutableArray<QueuedCopy>> ClaimAsync(QueueClaim claim, CancellationToken cancellationToken)
    {
        bool finds = (await inner.TotalsAsync(cancellationToken)).Any(t => t.Channel == claim.Channel && t.Recipients.Active + t.Recipients.Delayed > 0);
        if (finds && IsNext()) throw new QueueWriteException("the disk refuses");
        return await inner.ClaimAsync(claim, cancellationToken);
    }

    public async Task RecordAsync(ImmutableArray<DeliveryRecord> records, CancellationToken cancellationToken)
    {
        bool fails = IsNext();
        if (!fails || afterTheFact) await inner.RecordAsync(records, cancellationToken);
        if (fails) throw new QueueWriteException("the disk refuses");
    }

    public Task<IReadOnlyList<DueChannel>> DueChannelsAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        ReadAsync(() => inner.DueChannelsAsync(now, cancellationToken), due => due.Count > 0);

    public Task<DateTimeOffset?> NextDueAsync(DateTimeOffset after, CancellationToken cancellationToken) =>
        ReadAsync(() => inner.NextDueAsync(after, cancellationToken), due => due is not null);

    public Task<ImmutableArray<PendingNotification>> PendingNotificationsAsync(CancellationToken cancellationToken) =>
        ReadAsync(() => inner.PendingNotificationsAsync(cancellationToken), pending => !pending.IsEmpty);

    public async Task SettleAsync(ImmutableArray<RecipientKey> recipients, CancellationToken cancellationToken)
    {
        bool fails = IsNext();
        if (!fails || afterTheFact) await inner.SettleAsync(recipients, cancellationToken);
        if (fails) throw new QueueWriteException("the disk refuses");
    }

    public Task<OperatorOutcome> ApplyAsync(ImmutableArray<RecipientKey> recipients, OperatorAction action, CancellationToken cancellationToken) =>
        inner.ApplyAsync(recipients, action, cancellationToken);

    public Task SetStoppedAsync(string channel, bool stopped, CancellationToken cancellationToken) => inner.SetStoppedAsync(channel, stopped, cancellationToken);

    public Task SetHostStoppedAsync(string host, bool stopped, CancellationToken cancellationToken) => inner.SetHostStoppedAsync(host, stopped, cancellationToken);

    public Task<IReadOnlyList<string>> StoppedHostsAsync(CancellationToken cancellationToken) => inner.StoppedHostsAsync(cancellationToken);

    public Task<IReadOnlyList<PastAttempt>> HistoryAsync(QueueId id, CancellationToken cancellationToken) => ReadAsync(() => inner.HistoryAsync(id, cancellationToken), past => past.Count > 0);

    public bool HasRoom(long octets) => octets <= Room;

    public IAsyncEnumerable<QueueEntry> ListAsync(QueueFilter filter, CancellationToken cancellationToken) => inner.ListAsync(filter, cancellationToken);

    public Task<QueuedMessage?> FindAsync(QueueId id, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _lookUps);
        return inner.FindAsync(id, cancellationToken);
    }

    public Task<IReadOnlyList<ChannelTotal>> TotalsAsync(CancellationToken cancellationToken) => inner.TotalsAsync(cancellationToken);

    public Task<IReadOnlyList<HostTotal>> HostTotalsAsync(string? channel, int limit, CancellationToken cancellationToken) =>
        inner.HostTotalsAsync(channel, limit, cancellationToken);

    public Task<IReadOnlyList<string>> StoppedAsync(CancellationToken cancellationToken) => inner.StoppedAsync(cancellationToken);

    public Task<Stream> OpenContentAsync(QueueId id, CancellationToken cancellationToken) => ReadAsync(() => inner.OpenContentAsync(id, cancellationToken), _ => true);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private bool IsNext() => Interlocked.Increment(ref _operations) == failing;

    private async Task<T> ReadAsync<T>(Func<Task<T>> read, Func<T, bool> finds)
    {
        T found = await read();
        return finds(found) && IsNext() ? throw new QueueReadException("the disk refuses") : found;
    }
}
