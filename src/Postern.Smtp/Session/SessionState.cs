using Postern.Smtp.Proxy;

namespace Postern.Smtp.Session;

/// <summary>Everything an SMTP session knows of itself between two steps. Only <see cref="SmtpSession.Step"/> makes new ones.</summary>
/// <param name="HeloName">null before HELO/EHLO, and again after STARTTLS.</param>
/// <param name="Extended">the client said EHLO.</param>
/// <param name="Transaction">not null from an accepted MAIL to the end of content, RSET, EHLO or STARTTLS.</param>
/// <param name="Sasl">not null inside an AUTH exchange.</param>
/// <param name="BadCommands">protocol errors since the connection began.</param>
/// <param name="IsBinary">the last MAIL said BODY=BINARYMIME.</param>
/// <param name="SmtpUtf8">the last MAIL said SMTPUTF8.</param>
/// <param name="Forwarded">the client that the peer named for the next mail transaction, for the log alone; null when it named none.</param>
/// <param name="BadAuthentications">refused passwords since the connection began.</param>
public sealed record SessionState(
    SessionPhase Phase,
    SessionTerms Terms,
    bool IsTls = false,
    string? HeloName = null,
    bool Extended = false,
    bool IsAuthenticated = false,
    MailTransaction? Transaction = null,
    SaslExchange? Sasl = null,
    int BadCommands = 0,
    int BadAuthentications = 0,
    bool IsBinary = false,
    bool SmtpUtf8 = false,
    SessionCounts Counts = default,
    PeerAttributes? Forwarded = null)
{
    /// <summary>Before <see cref="SessionEvent.Opened"/>, which brings the real terms.</summary>
    public static SessionState Initial { get; } = new(SessionPhase.Opening, new SessionTerms(""));

    /// <summary>The connection is good enough for AUTH: PLAIN and LOGIN show the password to whoever reads it, and a guessed name is no secret to lose either.</summary>
    public bool MayAuthenticate => IsTls || !(Terms.PlaintextNeedsTls || Terms.TlsRequired);
}
