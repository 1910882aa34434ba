using System.Diagnostics;
using Postern.Smtp.Replies;

namespace Postern.Smtp.Session;

/// <summary>Makes the step that sends a reply, and counts protocol errors.</summary>
internal static class Answer
{
    /// <summary>Bad commands that are answered without waiting: anybody mistypes.</summary>
    private const int FreeErrors = 2;

    public static SessionStep Send(SessionState state, SmtpReply reply, AfterReply then = AfterReply.ReadLine, TimeSpan delay = default)
    {
        SessionPhase phase = then switch
        {
            AfterReply.ReadLine => SessionPhase.Command,
            AfterReply.ReadSaslResponse => SessionPhase.Sasl,
            AfterReply.ReadContent => SessionPhase.Content,
            AfterReply.StartTls => SessionPhase.Handshake,
            AfterReply.Close => SessionPhase.Closed,
            _ => throw new UnreachableException(),
        };
        return new SessionStep(
            state with { Phase = phase, Sasl = phase == SessionPhase.Sasl ? state.Sasl : null },
            new SessionEffect.Send(reply, then, delay));
    }

    /// <summary>Answers a breach of the protocol; the last one that is borne ends the session.</summary>
    public static SessionStep Bad(SessionState state, SmtpReply reply)
    {
        state = state with { BadCommands = state.BadCommands + 1 };
        if (state.BadCommands >= state.Terms.BadCommandLimit) return Send(state, SessionReplies.TooManyErrors, AfterReply.Close);
        return Send(state, reply, delay: state.BadCommands > FreeErrors ? state.Terms.ErrorDelay : default);
    }

    /// <summary>421 from outside says that the connection closes (RFC 5321 §4.2.1), so it must.</summary>
    public static AfterReply Following(SmtpReply reply) => reply.Code == 421 ? AfterReply.Close : AfterReply.ReadLine;
}
