using System.Collections.Immutable;
using Postern.Smtp.Replies;
using Postern.Smtp.Sasl;

namespace Postern.Smtp.Session;

/// <summary>What happened: the input of <see cref="SmtpSession.Step"/>.</summary>
public abstract record SessionEvent
{
    /// <summary>The connection was admitted; the greeting is due.</summary>
    /// <param name="IsAuthenticated">the client needs no AUTH any more: an imagined session begins so.</param>
    public sealed record Opened(SessionTerms Terms, bool ImplicitTls, bool IsAuthenticated = false) : SessionEvent;

    /// <summary>A whole line without its CRLF.</summary>
    /// <param name="MoreBuffered">bytes already stand behind it: after a command that ends a pipelined group (RFC 2920 §3.1) that is a breach.</param>
    public sealed record Line(ReadOnlyMemory<byte> Text, bool MoreBuffered) : SessionEvent;

    /// <summary>The line framing refused the input.</summary>
    public sealed record BadLine(LineFault Fault) : SessionEvent;

    /// <summary>The TLS handshake succeeded; all earlier state is void (RFC 3207 §4.2).</summary>
    public sealed record TlsStarted(SessionTerms Terms) : SessionEvent;

    /// <summary>The answer to <see cref="SessionEffect.FindVerifier"/>.</summary>
    /// <param name="Verifier">one that no password fits when there is no such user.</param>
    /// <param name="Nonce">random, printable ASCII without commas, never used before.</param>
    /// <param name="Channel">the <c>tls-server-end-point</c> of the connection; empty when there is none.</param>
    public sealed record VerifierFound(ScramVerifier Verifier, string Nonce, ImmutableArray<byte> Channel) : SessionEvent;

    /// <summary>The answer to <see cref="SessionEffect.CheckPassword"/>, <see cref="SessionEffect.CheckCertificate"/> and <see cref="SessionEffect.ConcludeAuthentication"/>.</summary>
    /// <param name="User">the authenticated address when accepted.</param>
    /// <param name="Terms">those of the source channel after the switch; unchanged ones when refused.</param>
    public sealed record Authenticated(AuthenticationOutcome Outcome, string? User, SessionTerms Terms) : SessionEvent
    {
        /// <summary>Policy let nobody look at the password: what the client is told instead of the usual words. Null for an accepted user.</summary>
        public EnvelopeAnswer? Refusal { get; init; }

        /// <summary>A failure is told no sooner: what earlier ones, of other sessions too, have earned the client.</summary>
        public TimeSpan LeastDelay { get; init; }
    }

    /// <summary>The answer to <see cref="SessionEffect.DecideSender"/>.</summary>
    public sealed record SenderDecided(EnvelopeAnswer Answer) : SessionEvent;

    /// <summary>The answer to <see cref="SessionEffect.DecideRecipient"/>.</summary>
    public sealed record RecipientDecided(EnvelopeAnswer Answer) : SessionEvent;

    /// <summary>The answer to <see cref="SessionEffect.VerifyAddress"/>.</summary>
    public sealed record AddressVerified(SmtpReply Reply) : SessionEvent;

    /// <summary>The answer to <see cref="SessionEffect.ChangeClient"/>: the client named was admitted.</summary>
    public sealed record ClientChanged(SessionTerms Terms, bool IsAuthenticated) : SessionEvent;

    /// <summary>The answer to <see cref="SessionEffect.ChangeClient"/>: it was not.</summary>
    public sealed record ClientRefused(EnvelopeAnswer Answer) : SessionEvent;

    /// <summary>The content was read to its end and either committed or refused; <paramref name="Reply"/> says which.</summary>
    public sealed record ContentFinished(SmtpReply Reply, bool Close = false) : SessionEvent;

    /// <summary>The answer to <see cref="SessionEffect.ReadChunk"/> and <see cref="SessionEffect.SkipChunk"/>: all octets of the chunk are gone from the input.</summary>
    public sealed record ChunkFinished(bool IsLast, SmtpReply Reply, bool Close = false) : SessionEvent;

    /// <summary>Nothing came for the command timeout.</summary>
    public sealed record TimedOut : SessionEvent;

    /// <summary>The server is stopping.</summary>
    public sealed record Stopping : SessionEvent;
}
