namespace Postern.Queue;

/// <summary>The queue cannot be opened: in use by another process, written by a newer release, or the disk refuses.</summary>
public sealed class QueueOpenException : IOException
{
    public QueueOpenException(string message)
        : base(message)
    {
    }

    public QueueOpenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
