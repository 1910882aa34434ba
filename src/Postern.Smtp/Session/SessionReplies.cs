using System.Collections.Immutable;
using System.Globalization;
using Postern.Smtp.Proxy;
using Postern.Smtp.Replies;

namespace Postern.Smtp.Session;

/// <summary>The replies that the dialogue makes of itself; those of policy and content come from outside.</summary>
internal static class SessionReplies
{
    public static SmtpReply Bye { get; } = new(221, "2.0.0", "closing connection");

    public static SmtpReply Authenticated { get; } = new(235, "2.7.0", "authentication successful");

    public static SmtpReply Done { get; } = new(250, "2.0.0", "ok");

    public static SmtpReply CannotVerify { get; } = new(252, "2.0.0", "cannot verify, but will take mail for it and try");

    public static SmtpReply StartTls { get; } = new(220, "2.0.0", "ready to start TLS");

    public static SmtpReply StartContent { get; } = new(354, "start mail input; end with <CRLF>.<CRLF>");

    public static SmtpReply Stopping { get; } = new(421, "4.3.2", "service shutting down, closing connection");

    public static SmtpReply TimedOut { get; } = new(421, "4.4.2", "timeout, closing connection");

    public static SmtpReply TooManyErrors { get; } = new(421, "4.7.0", "too many errors, closing connection");

    public static SmtpReply Distrusted { get; } = new(421, "4.7.0", "authentication cancelled, closing connection");

    public static SmtpReply TooManyTransactions { get; } = new(450, "4.5.3", "number of transactions exceeds allowed maximum");

    public static SmtpReply TransactionsSpent { get; } = new(450, "4.7.0", "Session transaction limit reached; disconnecting");

    public static SmtpReply RecipientsSpent { get; } = new(450, "4.7.0", "Session recipient limit reached; disconnecting");

    public static SmtpReply RefusalsSpent { get; } = new(450, "4.7.0", "Session rejected recipient limit reached; disconnecting");

    public static SmtpReply RecipientCutoff { get; } = new(451, "4.4.5", "Error ending envelope - Too many recipients specified");

    public static SmtpReply TooManyRecipients { get; } = new(452, "4.5.3", "too many recipients");

    public static SmtpReply CannotCheckPassword { get; } = new(454, "4.7.0", "temporary authentication failure");

    public static SmtpReply NotRecognised { get; } = new(500, "5.5.1", "command not recognised");

    public static SmtpReply SaslLineTooLong { get; } = new(500, "5.5.6", "authentication exchange line is too long");

    public static SmtpReply Cancelled { get; } = new(501, "5.7.0", "authentication cancelled");

    public static SmtpReply BadSaslResponse { get; } = new(501, "5.5.2", "malformed authentication response");

    public static SmtpReply ExpnRefused { get; } = new(502, "5.5.1", "lists are not expanded");

    public static SmtpReply NoTls { get; } = new(502, "5.5.1", "TLS is not available");

    public static SmtpReply NoAuth { get; } = new(502, "5.5.1", "authentication is not available");

    public static SmtpReply EhloFirst { get; } = new(503, "5.5.1", "send EHLO first");

    public static SmtpReply HelloFirst { get; } = new(503, "5.5.1", "send HELO or EHLO first");

    public static SmtpReply ChunksBegun { get; } = new(503, "5.5.1", "chunks of the message were already sent");

    public static SmtpReply ChunkRefused { get; } = new(503, "5.5.1", "an earlier chunk was refused, send RSET");

    public static SmtpReply BinaryNeedsChunks { get; } = new(503, "5.5.1", "binary content needs BDAT");

    public static SmtpReply MailFirst { get; } = new(503, "5.5.1", "send MAIL first");

    public static SmtpReply NestedMail { get; } = new(503, "5.5.1", "sender was already given");

    public static SmtpReply InsideTransaction { get; } = new(503, "5.5.1", "not allowed inside a mail transaction");

    public static SmtpReply AlreadyTls { get; } = new(503, "5.5.1", "TLS is already in use");

    public static SmtpReply AlreadyAuthenticated { get; } = new(503, "5.5.1", "already authenticated");

    public static SmtpReply UnknownMechanism { get; } = new(504, "5.5.4", "authentication mechanism not supported");

    public static SmtpReply TlsRequired { get; } = new(530, "5.7.0", "Must issue a STARTTLS command first");

    public static SmtpReply AuthRequired { get; } = new(530, "5.7.0", "No AUTH command has been given");

    public static SmtpReply BadCredentials { get; } = new(535, "5.7.8", "authentication credentials invalid");

    public static SmtpReply EncryptionRequired { get; } = new(538, "5.7.11", "encryption required for this authentication mechanism");

    public static SmtpReply TooLarge { get; } = new(552, "5.3.4", "message size exceeds the limit");

    public static SmtpReply NoRecipients { get; } = new(554, "5.5.1", "no valid recipients");

    public static SmtpReply ParameterNotOffered { get; } = new(555, "5.5.4", "parameter not supported");

    /// <summary>XCLIENT or XFORWARD of a peer that is not listed.</summary>
    public static SmtpReply PeerNotTrusted { get; } = new(550, "5.7.1", "you may not speak for other clients");

    /// <summary>334 with text that is base64 already.</summary>
    public static SmtpReply Challenge(string base64) => new(334, base64);

    public static SmtpReply Greeting(string localName) => new(220, $"{localName} ESMTP Postern");

    public static SmtpReply Help(SessionTerms terms) => new(214, "2.0.0", "commands: EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY HELP STARTTLS AUTH"
        + (terms.Rights.HasFlag(PeerRights.Client) ? " XCLIENT" : "") + (terms.Rights.HasFlag(PeerRights.Forward) ? " XFORWARD" : ""));

    /// <param name="name">the attribute; "" when none was given, or one that is not known.</param>
    public static SmtpReply BadAttribute(string name) => new(501, "5.5.4", name.Length == 0 ? "bad attributes" : $"bad attribute: {name}");

    public static SmtpReply Helo(string localName) => new(250, localName);

    public static SmtpReply BadLine(LineFault fault) => new(500, "5.5.2", fault switch
    {
        LineFault.TooLong => "line too long",
        LineFault.BareCarriageReturn => "bare carriage return in a command line",
        LineFault.BareLineFeed => "bare line feed in a command line",
        LineFault.NullByte => "null byte in a command line",
        _ => throw new System.Diagnostics.UnreachableException(),
    });

    /// <summary>Nothing may stand in the input behind a command whose reply decides how the input is to be read (RFC 2920 §3.1).</summary>
    public static SmtpReply NothingMayFollow(string command) => new(503, "5.5.1", $"nothing may follow {command} before its reply");

    /// <summary>What a client must know to need no second try (RFC 9422).</summary>
    private static string Limits(SessionTerms terms)
    {
        int recipients = Math.Min(terms.MaximumRecipients, terms.RecipientCutoff ?? int.MaxValue);
        int? transactions = terms.TransactionLimit is { } some && terms.DisconnectTransactionLimit is { } others ? Math.Min(some, others) : terms.TransactionLimit ?? terms.DisconnectTransactionLimit;
        return string.Create(CultureInfo.InvariantCulture, $"LIMITS{(transactions is { } n ? $" MAILMAX={n}" : "")} RCPTMAX={recipients}");
    }

    public static SmtpReply Ehlo(SessionState state)
    {
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>(8);
        lines.Add(state.Terms.LocalName);
        lines.Add("PIPELINING");
        lines.Add("SIZE " + state.Terms.MaximumMessageSize.ToString(CultureInfo.InvariantCulture));
        lines.Add("8BITMIME");
        lines.Add("CHUNKING");
        lines.Add("BINARYMIME");
        lines.Add("DSN");
        lines.Add("SMTPUTF8");
        lines.Add(Limits(state.Terms));
        lines.Add("ENHANCEDSTATUSCODES");
        if (state.Terms.TlsOffered && !state.IsTls) lines.Add("STARTTLS");
        if (state.Terms.AuthOffered && state.MayAuthenticate) lines.Add($"AUTH {state.Terms.Mechanisms}");
        if (state.Terms.LoopToken is { } token) lines.Add($"XLOOP {token}");
        if (state.Terms.Rights.HasFlag(PeerRights.Client)) lines.Add($"XCLIENT {string.Join(' ', PeerDialogue.ClientAttributes(state.Terms.Rights))}");
        if (state.Terms.Rights.HasFlag(PeerRights.Forward)) lines.Add($"XFORWARD {string.Join(' ', PeerAttributeParser.OfForward)}");
        return new SmtpReply(250, null, lines.ToImmutable());
    }
}
