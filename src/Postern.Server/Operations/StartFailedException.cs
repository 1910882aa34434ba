namespace Postern.Server.Operations;

/// <summary>The server cannot start; the message tells the administrator why, in one line.</summary>
public sealed class StartFailedException : Exception
{
    public StartFailedException(string message)
        : base(message)
    {
    }

    public StartFailedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
