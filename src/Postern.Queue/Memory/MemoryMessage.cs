using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>A published message of the <see cref="MemoryQueueStore"/>.</summary>
internal sealed record MemoryMessage(long Number, Envelope Envelope, byte[] Content, ImmutableArray<MemoryCopy> Copies)
{
    public static MemoryMessage Publish(long number, Envelope envelope, byte[] content, ImmutableArray<NewCopy> copies, DateTimeOffset now) => new(
        number,
        envelope,
        content,
        [
            .. copies.Select((copy, i) => new MemoryCopy(
                QueueNumbers.FirstCopy(number) + i,
                copy,
                copy.HeaderBlock.ToArray(),
                [.. copy.Recipients.Select((r, n) => RecipientTransitions.Published(r, n, copy.HoldReason, QueueRanks.Of(envelope.Priority, envelope.Received, now), now))])),
        ]);

    public QueuedCopy Show(MemoryCopy copy, IEnumerable<QueuedRecipient> recipients) => new(
        copy.Id,
        Envelope,
        copy.Source.Channel,
        copy.Source.ReversePath,
        copy.HeaderBlock.Length == 0 ? default(ReadOnlyMemory<byte>?) : copy.HeaderBlock,
        Content.Length,
        [.. recipients]);

    public QueueEntry Entry(MemoryCopy copy, QueuedRecipient recipient) => new(
        new RecipientKey(copy.Id, recipient.Number),
        Envelope.Id,
        copy.Source.Channel,
        recipient.Host,
        recipient.State,
        Content.Length,
        Envelope.Received,
        recipient.Attempts,
        recipient.Next,
        copy.Source.ReversePath,
        recipient.Address,
        recipient.LastReply,
        recipient.HoldReason,
        Envelope.PortInformation);
}

/// <param name="HeaderBlock">the store's own: the caller may use its buffer again.</param>
/// <param name="Recipients">by number; elements are replaced under the store's lock.</param>
internal sealed record MemoryCopy(long Id, NewCopy Source, byte[] HeaderBlock, QueuedRecipient[] Recipients);
