namespace Postern.Cli;

/// <summary>A server has the queue, and it cannot be asked.</summary>
internal sealed class ServerUnavailableException : IOException
{
    public ServerUnavailableException(string message)
        : base(message)
    {
    }

    public ServerUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
