using Postern.Queue;

namespace Postern.Server.Operations;

/// <summary>One change of the queue that somebody asked for.</summary>
/// <param name="User">who; for the operator log.</param>
/// <param name="Selection">the recipients that are meant; to stop or start, its channel.</param>
/// <param name="Text">the reason of a hold, or what a returned message's sender is told; null: a text of ours.</param>
/// <param name="Force">a release to be rewritten anew does not look for a mail loop.</param>
public sealed record OperatorRequest(OperatorVerb Verb, string User, QueueFilter Selection, string? Text = null, bool Force = false)
{
    /// <summary>The sender of what is returned is not told.</summary>
    public bool Silent { get; init; }

    /// <summary>What is released is rewritten and expanded anew, in whatever channel it is.</summary>
    public bool Rewrite { get; init; }

    public bool IsForChannel => Verb is OperatorVerb.Stop or OperatorVerb.Start;
}
