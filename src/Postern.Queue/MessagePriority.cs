namespace Postern.Queue;

/// <summary>How urgent a message is (Administration Guide 6.3, ch. 12, "Processing based on priority"). The numbers are those on disk.</summary>
public enum MessagePriority
{
    Normal = 0,
    Urgent = 1,
    Nonurgent = 2,

    /// <summary>Nonurgent, and so large that all other mail goes first.</summary>
    SecondClass = 3,
}
