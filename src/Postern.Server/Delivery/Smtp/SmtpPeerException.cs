namespace Postern.Server.Delivery.Smtp;

/// <summary>The next hop could not be talked to: lost connection, timeout or bytes that are no SMTP reply.</summary>
public sealed class SmtpPeerException : IOException
{
    /// <param name="isMalformed">the peer talks, but not SMTP.</param>
    public SmtpPeerException(string message, bool isMalformed = false)
        : base(message)
    {
        IsMalformed = isMalformed;
    }

    public SmtpPeerException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public bool IsMalformed { get; }

    /// <summary>The peer did not answer in time.</summary>
    public bool IsTimeout => InnerException is OperationCanceledException;

    /// <summary>The connection is gone: the peer closed it, or it broke.</summary>
    public bool IsLost { get; init; }
}
