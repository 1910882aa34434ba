using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>
/// The queue: each message once, with one state for each recipient. docs/queue.md lists the states, what is durable when
/// and what a crash leaves; every store keeps to that table.
/// </summary>
/// <remarks>
/// INVARIANT: what a method changed is durable when its task has completed, except a claim (see <see cref="ClaimAsync"/>).
/// After a <see cref="QueueWriteException"/> nothing of that call can be seen. All methods may be called concurrently.
/// </remarks>
public interface IQueueStore : IQueueView
{
    /// <summary>Starts a message; nothing is written yet.</summary>
    IStagedMessage Stage(QueueId id);

    /// <summary>Publishes content, envelope and all copies, and strikes the notifications in <paramref name="settled"/>, in one durable step.</summary>
    /// <param name="staged">from <see cref="Stage"/> of this store; of no more use afterwards.</param>
    /// <param name="settled">recipients whose notification this message is.</param>
    /// <exception cref="QueueWriteException">disk full, write failure, id already in use; nothing was published.</exception>
    Task CommitAsync(
        IStagedMessage staged,
        Envelope envelope,
        ImmutableArray<NewCopy> copies,
        ImmutableArray<RecipientKey> settled,
        CancellationToken cancellationToken);

    /// <summary>
    /// Takes what is due on a channel: groups of recipients that share copy and next hop, by rank and longest due first. A group is not
    /// given out again before all of it was recorded. A stopped channel gives out nothing. The claim outlives the process, though not a power failure.
    /// </summary>
    /// <exception cref="QueueWriteException">the claim could not be written; nothing is claimed.</exception>
    Task<ImmutableArray<QueuedCopy>> ClaimAsync(QueueClaim claim, CancellationToken cancellationToken);

    /// <summary>
    /// Stores what became of claimed recipients; what is owed to the sender for it are one step. A recipient that
    /// is not claimed is left alone. A message with nothing left to do and nothing owed is removed in the same step.
    /// </summary>
    /// <exception cref="QueueWriteException">nothing was recorded; the recipients stay claimed until recorded or the store is opened anew.</exception>
    Task RecordAsync(ImmutableArray<DeliveryRecord> records, CancellationToken cancellationToken);

    /// <summary>The channels with mail that is due at <paramref name="now"/>, whether it may go out or not, the one whose mail is first in front.</summary>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    Task<IReadOnlyList<DueChannel>> DueChannelsAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The first time later than <paramref name="after"/> at which a queued recipient falls due; null when there is none.</summary>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    Task<DateTimeOffset?> NextDueAsync(DateTimeOffset after, CancellationToken cancellationToken);

    /// <summary>Failures, delays and successes whose sender was not told yet, one element a copy, oldest message first; at most <see cref="PendingNotification.PageSize"/>.</summary>
    /// <exception cref="QueueReadException">the store cannot be read.</exception>
    Task<ImmutableArray<PendingNotification>> PendingNotificationsAsync(CancellationToken cancellationToken);

    /// <summary>Strikes owed notifications without sending any.</summary>
    /// <exception cref="QueueWriteException">they are still owed.</exception>
    Task SettleAsync(ImmutableArray<RecipientKey> recipients, CancellationToken cancellationToken);

    /// <summary>Does what an operator asked to those of the recipients that are not under way, in one step.</summary>
    /// <exception cref="QueueWriteException">nothing was changed.</exception>
    Task<OperatorOutcome> ApplyAsync(ImmutableArray<RecipientKey> recipients, OperatorAction action, CancellationToken cancellationToken);

    /// <summary>A stopped channel takes mail and gives none out, until it is started, in this process and in later ones. What is under way goes on.</summary>
    /// <exception cref="QueueWriteException">it is as it was.</exception>
    Task SetStoppedAsync(string channel, bool stopped, CancellationToken cancellationToken);

    /// <summary>Mail for a stopped next hop is taken and not given out, on any channel, as <see cref="SetStoppedAsync"/> has it for channels.</summary>
    /// <exception cref="QueueWriteException">it is as it was.</exception>
    Task SetHostStoppedAsync(string host, bool stopped, CancellationToken cancellationToken);

    /// <summary>Whether a message of so many octets would be taken now. An answer for early refusals: the commit asks again.</summary>
    bool HasRoom(long octets);
}
