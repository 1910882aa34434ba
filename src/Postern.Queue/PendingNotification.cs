using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>Failed recipients of one copy whose sender was not told yet.</summary>
/// <param name="ReversePath">whom to tell; empty is the null path, which is never told anything (RFC 5321 §6.1).</param>
public sealed record PendingNotification(
    Envelope Envelope, long CopyId, string ReversePath, ImmutableArray<QueuedRecipient> Recipients)
{
    /// <summary>The store gives out so many at a time; what was settled makes room for the next.</summary>
    public const int PageSize = 1000;
}
