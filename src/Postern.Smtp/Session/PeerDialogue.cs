using System.Collections.Immutable;
using Postern.Smtp.Commands;
using Postern.Smtp.Proxy;

namespace Postern.Smtp.Session;

/// <summary>
/// XCLIENT and XFORWARD: what a listed peer says of the client it speaks for. INVARIANT: from anybody else neither changes
/// anything, and what XFORWARD says reaches the log alone.
/// </summary>
internal static class PeerDialogue
{
    /// <summary>The session begins anew, at the greeting, as that of the client named.</summary>
    public static SessionStep Take(SessionState state, SmtpCommand.XClient command)
    {
        if (!state.Terms.Rights.HasFlag(PeerRights.Client)) return Answer.Bad(state, SessionReplies.PeerNotTrusted);
        if (!state.Extended) return Answer.Bad(state, SessionReplies.EhloFirst);
        if (state.Transaction is not null) return Answer.Bad(state, SessionReplies.InsideTransaction);
        ImmutableArray<string> known = ClientAttributes(state.Terms.Rights);
        return PeerAttributeParser.TryParse(command.Argument, known, PeerAttributes.None, out PeerAttributes? client, out string fault)
            ? new SessionStep(state with { Phase = SessionPhase.Client }, new SessionEffect.ChangeClient(client))
            : Answer.Bad(state, SessionReplies.BadAttribute(fault));
    }

    public static SessionStep Take(SessionState state, SmtpCommand.XForward command)
    {
        if (!state.Terms.Rights.HasFlag(PeerRights.Forward)) return Answer.Bad(state, SessionReplies.PeerNotTrusted);
        if (!state.Extended) return Answer.Bad(state, SessionReplies.EhloFirst);
        if (state.Transaction is not null) return Answer.Bad(state, SessionReplies.InsideTransaction);
        return PeerAttributeParser.TryParse(command.Argument, PeerAttributeParser.OfForward, state.Forwarded ?? PeerAttributes.None, out PeerAttributes? client, out string fault)
            ? Answer.Send(state with { Forwarded = client }, SessionReplies.Done)
            : Answer.Bad(state, SessionReplies.BadAttribute(fault));
    }

    /// <summary>Nothing but TLS outlives the change: it is the connection's.</summary>
    public static SessionStep Take(SessionState state, SessionEvent.ClientChanged changed) => Answer.Send(
        new SessionState(SessionPhase.Command, changed.Terms, IsTls: state.IsTls, IsAuthenticated: changed.IsAuthenticated),
        SessionReplies.Greeting(changed.Terms.LocalName));

    public static SessionStep Take(SessionState state, SessionEvent.ClientRefused refused) => Answer.Send(state, refused.Answer.Reply, AfterReply.Close, refused.Answer.Delay);

    public static ImmutableArray<string> ClientAttributes(PeerRights rights) =>
        rights.HasFlag(PeerRights.Login) ? PeerAttributeParser.OfClient.Add(PeerAttributeParser.Login) : PeerAttributeParser.OfClient;
}
