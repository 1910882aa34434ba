namespace Postern.Server.Delivery.Smtp;

/// <summary>The next hop could not be talked to: lost connection, timeout or bytes that are no SMTP reply.</summary>
public sealed class SmtpPeerException : IOException
{
    public SmtpPeerException(string message)
        : base(message)
    {
    }

    public SmtpPeerException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
