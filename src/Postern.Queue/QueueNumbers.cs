namespace Postern.Queue;

/// <summary>
/// How numbers are packed into integer keys: the copies and the chunks of a message are each one range of keys
/// (docs/queue.md section 7).
/// </summary>
internal static class QueueNumbers
{
    /// <summary>Octets of a full chunk.</summary>
    public const int ChunkSize = 256 * 1024;

    public const int ChunksPerMessage = 4096;

    public const int CopiesPerMessage = 65536;

    public static long FirstChunk(long message) => message * ChunksPerMessage;

    public static long LastChunk(long message) => (message * ChunksPerMessage) + ChunksPerMessage - 1;

    public static long FirstCopy(long message) => message * CopiesPerMessage;

    public static long LastCopy(long message) => (message * CopiesPerMessage) + CopiesPerMessage - 1;

    public static long MessageOfCopy(long copy) => copy / CopiesPerMessage;
}
