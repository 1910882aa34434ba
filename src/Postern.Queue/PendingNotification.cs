using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>Recipients of one copy, failed, late or done, whose sender was not told yet; their states tell which.</summary>
/// <param name="Channel">destination channel.</param>
/// <param name="ReversePath">whom to tell; empty is the null path, which is never told anything (RFC 5321 §6.1).</param>
public sealed record PendingNotification(
    Envelope Envelope, long CopyId, string Channel, string ReversePath, ImmutableArray<QueuedRecipient> Recipients)
{
    /// <summary>The store gives out so many at a time; what was settled makes room for the next.</summary>
    public const int PageSize = 1000;

    /// <summary>Octets of the message's content.</summary>
    public long Size { get; init; }
}
