using Postern.Mapping.Evaluation;

namespace Postern.Policy.Access;

/// <summary>What DEQUEUE_ACCESS says of a copy whose delivery is about to begin.</summary>
/// <param name="After">how long it waits (<c>$S</c>); null leaves that to the channel's back-off.</param>
/// <param name="Text">why not now, for the log and the queue.</param>
public sealed record DequeueAnswer(bool Goes, TimeSpan? After, string Text, Explanation Explanation)
{
    /// <summary>What has to be answered first; until then the copy does not go. Null: nothing has.</summary>
    public Callout? Pending { get; init; }
}
