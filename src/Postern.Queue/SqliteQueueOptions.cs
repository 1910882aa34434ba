namespace Postern.Queue;

/// <summary>Limits of a <see cref="SqliteQueueStore"/>.</summary>
public sealed record SqliteQueueOptions
{
    /// <summary>New mail is refused while the file system has fewer octets free; deliveries go on. 0: no guard.</summary>
    public long MinimumFreeBytes { get; init; }

    /// <summary>Octets of free pages that the database keeps for later use; what is more goes back to the file system while no call waits. Default 64 MiB.</summary>
    public long KeptFreeBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>A recipient due later than this from now when the store is opened is due at once: the clock was wrong. Default 2 days.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromDays(2);
}
