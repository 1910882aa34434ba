namespace Postern.Queue;

/// <summary>The queue could not take a change: disk full, too little space left, or a failed write. Nothing of the change can be seen.</summary>
public sealed class QueueWriteException : IOException
{
    public QueueWriteException(string message)
        : base(message)
    {
    }

    public QueueWriteException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
