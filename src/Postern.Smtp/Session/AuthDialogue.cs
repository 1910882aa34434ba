using System.Diagnostics;
using System.Text;
using Postern.Smtp.Commands;

namespace Postern.Smtp.Session;

/// <summary>
/// AUTH PLAIN (RFC 4616) and AUTH LOGIN (never standardised; still what many programs use), with the rules of RFC 4954.
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
        if (auth.Mechanism is not (Plain or Login) || !state.Terms.Mechanisms.Split(' ').Contains(auth.Mechanism)) return Answer.Bad(state, SessionReplies.UnknownMechanism);
        if (!state.MayAuthenticate) return Answer.Bad(state, SessionReplies.EncryptionRequired);
        state = state with { Sasl = new SaslExchange(auth.Mechanism) };
        if (auth.InitialResponse is { } response) return TakeResponse(state, Encoding.ASCII.GetBytes(response));
        return Answer.Send(state, SessionReplies.Challenge(auth.Mechanism == Plain ? "" : AskUser), AfterReply.ReadSaslResponse);
    }

    public static SessionStep Take(SessionState state, SessionEvent.Line line)
    {
        if (line.MoreBuffered) return Answer.Send(state, SessionReplies.NothingMayFollow("AUTH"), AfterReply.Close);
        return line.Text.Span.SequenceEqual("*"u8) ? Answer.Bad(state, SessionReplies.Cancelled) : TakeResponse(state, line.Text.Span);
    }

    public static SessionStep Take(SessionState state, SessionEvent.BadLine bad) =>
        Answer.Bad(state, bad.Fault == LineFault.TooLong ? SessionReplies.SaslLineTooLong : SessionReplies.BadLine(bad.Fault));

    public static SessionStep Take(SessionState state, SessionEvent.Authenticated answer)
    {
        state = state with { Terms = answer.Terms };
        return answer.Outcome switch
        {
            AuthenticationOutcome.Accepted => Answer.Send(state with { IsAuthenticated = true }, SessionReplies.Authenticated),
            AuthenticationOutcome.Rejected => Reject(state, answer.Refusal),
            AuthenticationOutcome.Unavailable => Answer.Send(state, answer.Refusal?.Reply ?? SessionReplies.CannotCheckPassword, delay: answer.Refusal?.Delay ?? default),
            _ => throw new UnreachableException(),
        };
    }

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static SessionStep TakeResponse(SessionState state, ReadOnlySpan<byte> response)
    {
        SaslExchange exchange = state.Sasl!;
        if (SaslResponse.Decode(response) is not { } text) return Answer.Bad(state, SessionReplies.BadSaslResponse);
        switch (exchange)
        {
            case { Mechanism: Plain }:
                if (SaslResponse.SplitPlain(text) is not var (authorization, user, password)) return Answer.Bad(state, SessionReplies.BadSaslResponse);

                // Nobody may act for somebody else: an identity that differs is a wrong password, whatever the password.
                return authorization.Length > 0 && authorization != user ? Reject(state) : Check(state, user, password);
            case { User: null }:
                return Answer.Send(
                    state with { Sasl = exchange with { User = text } }, SessionReplies.Challenge(AskPassword), AfterReply.ReadSaslResponse);
            default:
                return Check(state, exchange.User, text);
        }
    }

    private static SessionStep Check(SessionState state, string user, string password)
    {
        if (user.Length == 0 || password.Length == 0 || user.Any(char.IsControl)) return Reject(state);
        return new SessionStep(
            state with { Phase = SessionPhase.Password, Sasl = null },
            new SessionEffect.CheckPassword(state.Sasl!.Mechanism, user, password));
    }

    private static SessionStep Reject(SessionState state, EnvelopeAnswer? refusal = null)
    {
        state = state with { BadAuthentications = state.BadAuthentications + 1 };
        return state.BadAuthentications >= state.Terms.BadAuthenticationLimit
            ? Answer.Send(state, SessionReplies.TooManyErrors, AfterReply.Close)
            : Answer.Send(state, refusal?.Reply ?? SessionReplies.BadCredentials, delay: Longer(refusal?.Delay ?? default, state.Terms.ErrorDelay * state.BadAuthentications));
    }
}
