using System.Collections.Immutable;
using Postern.Queue;
using Postern.Smtp.Replies;

namespace Postern.Server.Admission;

/// <summary>What became of the content of one transaction.</summary>
/// <param name="Reply">null only when the connection was lost.</param>
/// <param name="Id">the queue id when something was queued.</param>
/// <param name="Size">octets of content as received.</param>
/// <param name="Failure">why the queue could not take it; the client is told 4xx.</param>
/// <param name="Close">the content was not read to its end, so nothing can follow it.</param>
public sealed record SubmissionResult(SmtpReply? Reply, QueueId? Id, long Size, Exception? Failure = null, bool Close = false)
{
    /// <summary>What was queued; empty otherwise.</summary>
    public ImmutableArray<NewCopy> Copies { get; init; } = [];

    /// <summary>The Message-ID field; null without one, or when nothing was queued.</summary>
    public string? MessageId { get; init; }

    /// <summary>Of what was queued.</summary>
    public MessagePriority Priority { get; init; }

    public bool ConnectionLost => Reply is null;
}
