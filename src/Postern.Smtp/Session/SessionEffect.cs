using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Postern.Smtp.Proxy;
using Postern.Smtp.Replies;

namespace Postern.Smtp.Session;

/// <summary>What the runner must do next: the output of <see cref="SmtpSession.Step"/>. Exactly one per step.</summary>
public abstract record SessionEffect
{
    /// <summary>Send a reply, then go on as <paramref name="Then"/> says.</summary>
    public sealed record Send(SmtpReply Reply, AfterReply Then, TimeSpan Delay = default) : SessionEffect;

    /// <summary>Say nothing and read the next line: after a TLS handshake it is the client's turn.</summary>
    public sealed record AwaitLine : SessionEffect;

    /// <summary>Take so many octets as content (RFC 3030); answer with <see cref="SessionEvent.ChunkFinished"/>.</summary>
    public sealed record ReadChunk(long Size, bool IsLast) : SessionEffect;

    /// <summary>Drop so many octets; answer with <see cref="SessionEvent.ChunkFinished"/> and the refusal.</summary>
    public sealed record SkipChunk(long Size, bool IsLast, SmtpReply Refusal) : SessionEffect;

    /// <summary>Ask policy about the sender; answer with <see cref="SessionEvent.SenderDecided"/>.</summary>
    public sealed record DecideSender(MailCommand Command) : SessionEffect;

    /// <summary>Ask policy about a recipient; answer with <see cref="SessionEvent.RecipientDecided"/>.</summary>
    public sealed record DecideRecipient(RcptCommand Command) : SessionEffect;

    /// <summary>Ask policy whether it knows the address of a VRFY command; answer with <see cref="SessionEvent.AddressVerified"/>.</summary>
    /// <param name="Address">as the client wrote it.</param>
    /// <param name="SmtpUtf8">it may hold UTF-8.</param>
    public sealed record VerifyAddress(string Address, bool SmtpUtf8 = false) : SessionEffect;

    /// <summary>Go on as the session of another client; answer with <see cref="SessionEvent.ClientChanged"/> or <see cref="SessionEvent.ClientRefused"/>.</summary>
    public sealed record ChangeClient(PeerAttributes Client) : SessionEffect;

    /// <summary>
    /// Find what a SCRAM client's proof is checked against; answer with <see cref="SessionEvent.VerifierFound"/> whether there is such a
    /// user or not, or with <see cref="SessionEvent.Authenticated"/> when policy lets the client not try.
    /// </summary>
    public sealed record FindVerifier(string Mechanism, string User) : SessionEffect;

    /// <summary>EXTERNAL: find out whom the client's certificate is for; answer with <see cref="SessionEvent.Authenticated"/>.</summary>
    /// <param name="Identity">whom the client wants to be; "" is whomever the certificate is for.</param>
    public sealed record CheckCertificate(string Identity) : SessionEffect;

    /// <summary>The dialogue itself has seen a right or wrong proof; answer with <see cref="SessionEvent.Authenticated"/>.</summary>
    public sealed record ConcludeAuthentication(string Mechanism, string User, bool IsProved) : SessionEffect;

    /// <summary>Check a password; answer with <see cref="SessionEvent.Authenticated"/>. <see cref="ToString"/> never shows it.</summary>
    public sealed record CheckPassword(string Mechanism, string User, string Password) : SessionEffect
    {
        public override string ToString() => $"CheckPassword {{ {Mechanism}, {User} }}";
    }
}
