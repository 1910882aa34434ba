using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>A copy of a message as the queue keeps it: in a claim the recipients that were claimed, in a look-up all.</summary>
/// <param name="CopyId">the store's own number; good until the message is removed.</param>
/// <param name="ReversePath">the envelope From of this copy, which list expansion may have replaced; empty is the null path.</param>
/// <param name="HeaderBlock">put in front of the content, or in the place of its header, as in <see cref="NewCopy"/>; null when the copy has none.</param>
/// <param name="Size">octets of content as received, the header block not counted.</param>
public sealed record QueuedCopy(
    long CopyId,
    Envelope Envelope,
    string Channel,
    string ReversePath,
    ReadOnlyMemory<byte>? HeaderBlock,
    long Size,
    ImmutableArray<QueuedRecipient> Recipients)
{
    /// <summary>In a claim the content, where the store still has it in memory; null: it is to be read with <see cref="IQueueView.OpenContentAsync"/>.</summary>
    public byte[]? Content { get; init; }
}
