namespace Postern.Queue;

/// <summary>How much of the message a failure notification returns (RET of RFC 3461 §4.3). The numbers are stored.</summary>
public enum ReturnContent
{
    /// <summary>The client gave no RET; the choice is ours.</summary>
    Unspecified = 0,
    Full = 1,
    Headers = 2,
}
