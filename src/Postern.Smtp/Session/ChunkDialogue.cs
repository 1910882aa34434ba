using Postern.Smtp.Commands;
using Postern.Smtp.Replies;

namespace Postern.Smtp.Session;

/// <summary>
/// BDAT (RFC 3030). The octets behind the line are content whatever the reply is, so every chunk is read to its end, taken or
/// dropped. INVARIANT: none of them is ever read as a command; where their number is not known or too large, the connection ends.
/// </summary>
internal static class ChunkDialogue
{
    public static SessionStep Begin(SessionState state, SmtpCommand.Bdat bdat)
    {
        if (Obstacle(state) is not { } refusal) return new SessionStep(state with { Phase = SessionPhase.Chunk }, new SessionEffect.ReadChunk(bdat.Size, bdat.IsLast));
        return bdat.Size > state.Terms.MaximumMessageSize
            ? Answer.Send(state, refusal, AfterReply.Close)
            : new SessionStep(state with { Phase = SessionPhase.Chunk }, new SessionEffect.SkipChunk(bdat.Size, bdat.IsLast, refusal));
    }

    public static SessionStep Take(SessionState state, SessionEvent.ChunkFinished finished)
    {
        MailTransaction? open = finished.IsLast || state.Transaction is null
            ? null
            : state.Transaction with { Chunks = finished.Reply.IsPositive ? ChunkStage.Taken : ChunkStage.Refused };
        return Answer.Send(state with { Transaction = open }, finished.Reply, finished.Close ? AfterReply.Close : Answer.Following(finished.Reply));
    }

    private static SmtpReply? Obstacle(SessionState state)
    {
        if (state.Transaction is not { } transaction) return SessionReplies.MailFirst;
        if (!state.Extended) return SessionReplies.EhloFirst;
        if (transaction.Chunks == ChunkStage.Refused) return SessionReplies.ChunkRefused;
        if (transaction.AcceptedRecipients == 0) return SessionReplies.NoRecipients;
        return transaction.PresentedRecipients > state.Terms.RecipientCutoff ? SessionReplies.RecipientCutoff : null;
    }
}
