namespace Postern.Queue;

/// <summary>The order in which due mail is given out; within a rank what is due longest comes first. The numbers are those on disk.</summary>
public enum QueueRank
{
    /// <summary>An operator released it, and it was not tried since.</summary>
    First = 0,
    Urgent = 1,
    Normal = 2,
    Nonurgent = 3,
    SecondClass = 4,
}
