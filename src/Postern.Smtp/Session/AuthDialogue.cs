using System.Diagnostics;
using System.Text;
using Postern.Smtp.Commands;
using Postern.Smtp.Sasl;

namespace Postern.Smtp.Session;

/// <summary>
/// AUTH with the rules of RFC 4954: PLAIN (RFC 4616), EXTERNAL (RFC 4422 appendix A) and LOGIN (never standardised; still what many
/// programs use) here, SCRAM in <see cref="ScramDialogue"/>.
/// </summary>
/// <remarks>INVARIANT: a password leaves this file only inside <see cref="SessionEffect.CheckPassword"/>; no state keeps it.</remarks>
internal static class AuthDialogue
{
    private const string Plain = "PLAIN";
    private const string Login = "LOGIN";

    private static readonly string AskUser = Convert.ToBase64String("Username:"u8);
    private static readonly string AskPassword = Convert.ToBase64String("Password:"u8);

    public static SessionStep Begin(SessionState state, SmtpCommand.Auth auth)
    {
        if (state.IsAuthenticated) return Answer.Bad(state, SessionReplies.AlreadyAuthenticated);
        if (!state.Extended) return Answer.Bad(state, SessionReplies.EhloFirst);
        if (state.Transaction is not null) return Answer.Bad(state, SessionReplies.InsideTransaction);
        if (!state.Terms.AuthOffered) return Answer.Bad(state, SessionReplies.NoAuth);
        if (!state.Terms.Mechanisms.Split(' ').Contains(auth.Mechanism)) return Answer.Bad(state, SessionReplies.UnknownMechanism);
        if (!state.MayAuthenticate) return Answer.Bad(state, SessionReplies.EncryptionRequired);
        state = state with { Sasl = new SaslExchange.Begun(auth.Mechanism) };
        if (auth.InitialResponse is { } response) return TakeResponse(state, Encoding.ASCII.GetBytes(response));
        return Answer.Send(state, SessionReplies.Challenge(auth.Mechanism == Login ? AskUser : ""), AfterReply.ReadSaslResponse);
    }

    public static SessionStep Take(SessionState state, SessionEvent.Line line)
    {
        if (line.MoreBuffered) return Answer.Send(state, SessionReplies.NothingMayFollow("AUTH"), AfterReply.Close);
        if (state.Sasl is SaslExchange.Answered) return ScramDialogue.TakeLast(state, line.Text.Span);
        return line.Text.Span.SequenceEqual("*"u8) ? Answer.Bad(state, SessionReplies.Cancelled) : TakeResponse(state, line.Text.Span);
    }

    public static SessionStep Take(SessionState state, SessionEvent.BadLine bad)
    {
        if (state.Sasl is SaslExchange.Answered) return ScramDialogue.TakeLast(state, "*"u8);
        return Answer.Bad(state, bad.Fault == LineFault.TooLong ? SessionReplies.SaslLineTooLong : SessionReplies.BadLine(bad.Fault));
    }

    public static SessionStep Take(SessionState state, SessionEvent.Authenticated answer)
    {
        SaslExchange? exchange = state.Sasl;
        state = state with { Terms = answer.Terms, Sasl = null };
        return answer.Outcome switch
        {
            AuthenticationOutcome.Accepted when exchange is SaslExchange.Proved proved => ScramDialogue.Confirm(state, proved),
            AuthenticationOutcome.Accepted => Accept(state),
            AuthenticationOutcome.Rejected => Reject(state, answer),
            AuthenticationOutcome.Unavailable => Answer.Send(state, answer.Refusal?.Reply ?? SessionReplies.CannotCheckPassword, delay: answer.Refusal?.Delay ?? default),
            _ => throw new UnreachableException(),
        };
    }

    public static SessionStep Accept(SessionState state) => Answer.Send(state with { IsAuthenticated = true }, SessionReplies.Authenticated);

    /// <summary>Nobody needs to look at a password; the failure is counted and told like any other.</summary>
    public static SessionStep Fail(SessionState state, string user) => new(
        state with { Phase = SessionPhase.Password, Sasl = null },
        new SessionEffect.ConcludeAuthentication(state.Sasl!.Mechanism, user, IsProved: false));

    /// <summary>A name that no user can have.</summary>
    public static bool IsNobody(string user) => user.Length == 0 || user.Any(char.IsControl);

    private static SessionStep TakeResponse(SessionState state, ReadOnlySpan<byte> response)
    {
        SaslExchange exchange = state.Sasl!;
        if (SaslResponse.Decode(response) is not { } text) return Answer.Bad(state, SessionReplies.BadSaslResponse);
        switch (exchange)
        {
            case SaslExchange.Begun { Mechanism: Plain }:
                if (SaslResponse.SplitPlain(text) is not var (authorization, user, password)) return Answer.Bad(state, SessionReplies.BadSaslResponse);

                // Nobody may act for somebody else: an identity that differs is a wrong password, whatever the password.
                return authorization.Length > 0 && authorization != user ? Fail(state, user) : Check(state, user, password);
            case SaslExchange.Begun { Mechanism: Login }:
                return Answer.Send(
                    state with { Sasl = new SaslExchange.Named(Login, text) }, SessionReplies.Challenge(AskPassword), AfterReply.ReadSaslResponse);
            case SaslExchange.Begun { Mechanism: SessionTerms.External }:
                return text.Any(char.IsControl) ? Fail(state, text) : new SessionStep(
                    state with { Phase = SessionPhase.Password, Sasl = null }, new SessionEffect.CheckCertificate(text));
            case SaslExchange.Named named:
                return Check(state, named.User, text);
            default:
                return ScramDialogue.Take(state, exchange, text);
        }
    }

    private static SessionStep Check(SessionState state, string user, string password)
    {
        if (IsNobody(user) || password.Length == 0) return Fail(state, user);
        return new SessionStep(
            state with { Phase = SessionPhase.Password, Sasl = null },
            new SessionEffect.CheckPassword(state.Sasl!.Mechanism, user, password));
    }

    private static SessionStep Reject(SessionState state, SessionEvent.Authenticated answer)
    {
        state = state with { BadAuthentications = state.BadAuthentications + 1 };
        TimeSpan[] delays = [answer.LeastDelay, answer.Refusal?.Delay ?? default, state.Terms.ErrorDelay * state.BadAuthentications];
        return state.BadAuthentications >= state.Terms.BadAuthenticationLimit
            ? Answer.Send(state, SessionReplies.TooManyErrors, AfterReply.Close, delays.Max())
            : Answer.Send(state, answer.Refusal?.Reply ?? SessionReplies.BadCredentials, delay: delays.Max());
    }
}
