namespace Postern.Smtp.Session;

/// <summary>What follows a reply.</summary>
public enum AfterReply
{
    ReadLine,

    /// <summary>The next line is a SASL response, not a command: it is never logged.</summary>
    ReadSaslResponse,

    /// <summary>354 went out: content follows up to CRLF.CRLF; answer with <see cref="SessionEvent.ContentFinished"/>.</summary>
    ReadContent,

    /// <summary>220 went out: do the TLS handshake.</summary>
    StartTls,

    Close,
}
