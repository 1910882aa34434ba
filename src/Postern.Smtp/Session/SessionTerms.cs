namespace Postern.Smtp.Session;

/// <summary>
/// What the current source channel demands of a client and offers it. The runner hands in new terms whenever the
/// source channel changes (TLS, AUTH); the session never looks at configuration itself.
/// </summary>
/// <param name="LocalName">the name in the greeting and the EHLO reply.</param>
/// <param name="TlsOffered">STARTTLS is advertised (a certificate is there and the channel has may/musttlsserver).</param>
/// <param name="TlsRequired">MAIL without TLS is answered 530 (musttlsserver).</param>
/// <param name="AuthOffered">the channel has may/mustsaslserver.</param>
/// <param name="AuthRequired">MAIL without AUTH is answered 530 (mustsaslserver).</param>
/// <param name="PlaintextNeedsTls">AUTH is neither offered nor taken in the clear, whatever the mechanism.</param>
/// <param name="MaximumMessageSize">octets, advertised by SIZE (RFC 1870).</param>
/// <param name="MaximumRecipients">accepted recipients of one transaction; the next is answered 452 4.5.3.</param>
/// <param name="BadCommandLimit">after so many bad commands the session ends with 421.</param>
/// <param name="BadAuthenticationLimit">after so many failed AUTH exchanges the session ends with 421.</param>
/// <param name="ErrorDelay">waited before the reply to the third bad command and all later ones, and, times the number of failures, before 535; zero is no wait.</param>
/// <param name="RecipientCutoff">more RCPT commands than that in one transaction, and DATA is refused; null is no limit, as below.</param>
/// <param name="TransactionLimit">after so many transactions MAIL is answered 450.</param>
/// <param name="DisconnectTransactionLimit">after so many transactions the next MAIL or RSET ends the session.</param>
/// <param name="DisconnectRecipientLimit">the same for RCPT commands of the whole session.</param>
/// <param name="DisconnectRejectLimit">the same for refused recipients of the whole session.</param>
/// <param name="Mechanisms">what AUTH offers and takes, separated by blanks.</param>
/// <param name="LoopToken">advertised as XLOOP; null is not advertised.</param>
/// <param name="VerifiesAddresses">VRFY behind HELO or EHLO asks policy; otherwise it is answered 252 whatever the address.</param>
/// <param name="Rights">what the peer may say of clients behind it.</param>
public sealed record SessionTerms(
    string LocalName,
    bool TlsOffered = false,
    bool TlsRequired = false,
    bool AuthOffered = false,
    bool AuthRequired = false,
    bool PlaintextNeedsTls = true,
    long MaximumMessageSize = 50 * 1024 * 1024,
    int MaximumRecipients = 1000,
    int BadCommandLimit = 10,
    int BadAuthenticationLimit = 3,
    TimeSpan ErrorDelay = default,
    int? RecipientCutoff = null,
    int? TransactionLimit = null,
    int? DisconnectTransactionLimit = null,
    int? DisconnectRecipientLimit = null,
    int? DisconnectRejectLimit = null,
    string Mechanisms = SessionTerms.PasswordMechanisms,
    string? LoopToken = null,
    bool VerifiesAddresses = false,
    PeerRights Rights = PeerRights.None)
{
    /// <summary>The mechanisms that show the server the password.</summary>
    public const string PasswordMechanisms = "PLAIN LOGIN";

    /// <summary>The mechanisms that the dialogue knows, the strongest first.</summary>
    public const string AllMechanisms = $"{External} {ScramPlus} {Scram} {PasswordMechanisms}";

    /// <summary>The client's certificate says who it is (RFC 4422 appendix A).</summary>
    public const string External = "EXTERNAL";

    /// <summary>SCRAM whose proof covers the TLS channel.</summary>
    public const string ScramPlus = $"{Scram}-PLUS";

    /// <summary>RFC 7677.</summary>
    public const string Scram = "SCRAM-SHA-256";
}
