namespace Postern.Queue;

/// <summary>The queue, or one message of it, cannot be read.</summary>
public sealed class QueueReadException : IOException
{
    public QueueReadException(string message)
        : base(message)
    {
    }

    public QueueReadException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
