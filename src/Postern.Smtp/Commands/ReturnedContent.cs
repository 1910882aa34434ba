namespace Postern.Smtp.Commands;

/// <summary>RET of a sender (RFC 3461 §4.3). The numbers are those the queue stores.</summary>
public enum ReturnedContent
{
    /// <summary>Not given: the choice is ours.</summary>
    None = 0,
    Full = 1,
    Headers = 2,
}
