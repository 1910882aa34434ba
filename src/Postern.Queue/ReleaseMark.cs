namespace Postern.Queue;

/// <summary>Whether an operator let a recipient go that was held, and how. Gone when it is held again. The numbers are those on disk.</summary>
public enum ReleaseMark
{
    None = 0,
    Released = 1,

    /// <summary>Released whatever its Received fields say.</summary>
    Forced = 2,

    /// <summary>Released to be rewritten and expanded anew, as all that is released from channel <c>hold</c>.</summary>
    Rewritten = 3,

    /// <summary>Both.</summary>
    ForcedRewritten = 4,
}
