using System.Collections.Immutable;
using System.Text;
using Postern.Smtp.Replies;
using Postern.Smtp.Sasl;

namespace Postern.Smtp.Session;

/// <summary>
/// AUTH SCRAM-SHA-256 (RFC 5802, RFC 7677). A 235 cannot carry our own proof, so it goes out as one more challenge, to which the
/// client answers with an empty response (RFC 4954 §4).
/// </summary>
/// <remarks>INVARIANT: nothing before the proof depends on whether the user exists.</remarks>
internal static class ScramDialogue
{
    /// <summary>The name behind <c>p=</c> of the one channel binding that we know (RFC 5929 §4).</summary>
    private const string ServerEndPoint = "tls-server-end-point";

    private const string BindingSuffix = "-PLUS";

    public static SessionStep Take(SessionState state, SaslExchange exchange, string text) => exchange switch
    {
        SaslExchange.Begun begun => Introduce(state, begun, text),
        SaslExchange.Challenged challenged => Prove(state, challenged, text),
        _ => throw new InvalidOperationException($"a response to {exchange.GetType().Name}"),
    };

    public static SessionStep Take(SessionState state, SessionEvent.VerifierFound found)
    {
        if (state.Sasl is not SaslExchange.Introduced introduced) throw new InvalidOperationException("a verifier that nobody asked for");
        ImmutableArray<byte> channel = introduced.First.Binding is null ? [] : found.Channel;
        ScramChallenge challenge = new(introduced.First, found.Verifier, found.Nonce, channel);
        return Answer.Send(
            state with { Sasl = new SaslExchange.Challenged(introduced.Mechanism, challenge) }, Challenge(challenge.Message), AfterReply.ReadSaslResponse);
    }

    public static SessionStep Confirm(SessionState state, SaslExchange.Proved proved) => Answer.Send(
        state with { Sasl = new SaslExchange.Answered(proved.Mechanism) }, Challenge(proved.ServerFinal), AfterReply.ReadSaslResponse);

    /// <summary>A client that does not believe our proof must not go on here; the server counts it as authenticated already.</summary>
    public static SessionStep TakeLast(SessionState state, ReadOnlySpan<byte> response) =>
        response.IsEmpty || response.SequenceEqual("="u8) ? AuthDialogue.Accept(state) : Answer.Send(state, SessionReplies.Distrusted, AfterReply.Close);

    private static SessionStep Introduce(SessionState state, SaslExchange.Begun begun, string text)
    {
        if (ScramClientFirst.Parse(text) is not { } first) return Answer.Bad(state, SessionReplies.BadSaslResponse);
        if (AuthDialogue.IsNobody(first.User) || (first.AuthorizationIdentity is { } other && other != first.User) || !Binds(state, begun.Mechanism, first))
            return AuthDialogue.Fail(state, first.User);
        return new SessionStep(
            state with { Phase = SessionPhase.Password, Sasl = new SaslExchange.Introduced(begun.Mechanism, first) },
            new SessionEffect.FindVerifier(begun.Mechanism, first.User));
    }

    /// <summary>
    /// The channel is bound exactly when the mechanism says so. A client that could bind it and saw no such offer, though
    /// there was one, talks to somebody in between (RFC 5802 §6).
    /// </summary>
    private static bool Binds(SessionState state, string mechanism, ScramClientFirst first)
    {
        if (mechanism.EndsWith(BindingSuffix, StringComparison.Ordinal)) return first.Binding == ServerEndPoint;
        return first.Binding is null && !(first.CouldBind && state.Terms.Mechanisms.Split(' ').Contains(mechanism + BindingSuffix));
    }

    private static SessionStep Prove(SessionState state, SaslExchange.Challenged challenged, string text) => challenged.Challenge.Check(text) switch
    {
        ScramProof.Malformed => Answer.Bad(state, SessionReplies.BadSaslResponse),
        ScramProof.Right right => new SessionStep(
            state with { Phase = SessionPhase.Password, Sasl = new SaslExchange.Proved(challenged.Mechanism, right.ServerFinal) },
            new SessionEffect.ConcludeAuthentication(challenged.Mechanism, challenged.Challenge.User, IsProved: true)),
        _ => AuthDialogue.Fail(state, challenged.Challenge.User),
    };

    private static SmtpReply Challenge(string text) => SessionReplies.Challenge(Convert.ToBase64String(Encoding.UTF8.GetBytes(text)));
}
