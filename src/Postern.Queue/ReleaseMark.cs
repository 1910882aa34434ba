namespace Postern.Queue;

/// <summary>Whether an operator let a recipient go that was held; what channel <c>hold</c> asks. Gone when it is held again.</summary>
public enum ReleaseMark
{
    None = 0,
    Released = 1,

    /// <summary>Released whatever its Received fields say.</summary>
    Forced = 2,
}
