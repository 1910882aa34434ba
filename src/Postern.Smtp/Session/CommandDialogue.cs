using System.Diagnostics;
using Postern.Smtp.Commands;
using Postern.Smtp.Replies;

namespace Postern.Smtp.Session;

/// <summary>What each command does in each state (RFC 5321 §4.1.4).</summary>
internal static class CommandDialogue
{
    public static SessionStep Take(SessionState state, SessionEvent.Line line)
    {
        switch (CommandParser.Parse(line.Text.Span, state.SmtpUtf8))
        {
            case CommandParse.Refused refused:
                if (RefusalReply.LosesFraming(refused.Reason)) return Answer.Send(state, RefusalReply.For(refused), AfterReply.Close);
                return RefusalReply.IsProtocolError(refused.Reason)
                    ? Answer.Bad(state, RefusalReply.For(refused))
                    : Answer.Send(state, RefusalReply.For(refused));
            case CommandParse.Parsed { Command: var command }:
                return line.MoreBuffered && EndsGroup(command, state.Terms.Rights) is { } verb
                    ? Answer.Send(state, SessionReplies.NothingMayFollow(verb), AfterReply.Close)
                    : Do(state, command);
            default:
                throw new UnreachableException();
        }
    }

    /// <summary>
    /// The verb, for a command whose reply decides how the next bytes are to be read. VRFY, EXPN and NOOP stand at the end of
    /// a group too (RFC 2920 §3.1), but what follows them is a command whatever their reply.
    /// </summary>
    private static string? EndsGroup(SmtpCommand command, PeerRights rights) => command switch
    {
        SmtpCommand.Ehlo => "EHLO",
        SmtpCommand.Helo => "HELO",
        SmtpCommand.Data => "DATA",
        SmtpCommand.StartTls => "STARTTLS",
        SmtpCommand.Auth => "AUTH",
        SmtpCommand.XClient when rights.HasFlag(PeerRights.Client) => "XCLIENT",
        _ => null,
    };

    private static SessionStep Do(SessionState state, SmtpCommand command)
    {
        switch (command)
        {
            case SmtpCommand.Ehlo ehlo:
                state = state with { HeloName = ehlo.Name, Extended = true, Transaction = null };
                return Answer.Send(state, SessionReplies.Ehlo(state));
            case SmtpCommand.Helo helo:
                state = state with { HeloName = helo.Name, Extended = false, Transaction = null };
                return Answer.Send(state, SessionReplies.Helo(state.Terms.LocalName));
            case MailCommand mail:
                return Mail(state, mail);
            case RcptCommand rcpt:
                return Rcpt(state, rcpt);
            case SmtpCommand.Data:
                return Data(state);
            case SmtpCommand.Bdat bdat:
                return ChunkDialogue.Begin(state, bdat);
            case SmtpCommand.Rset:
                return LimitReached(state) is { } limit
                    ? Answer.Send(state with { Transaction = null }, limit, AfterReply.Close)
                    : Answer.Send(state with { Transaction = null }, SessionReplies.Done);
            case SmtpCommand.Noop:
                return Answer.Send(state, SessionReplies.Done);
            case SmtpCommand.Quit:
                return Answer.Send(state with { Transaction = null }, SessionReplies.Bye, AfterReply.Close);
            case SmtpCommand.Vrfy vrfy:
                return state is { Terms.VerifiesAddresses: true, HeloName: not null }
                    ? new SessionStep(state with { Phase = SessionPhase.Verification }, new SessionEffect.VerifyAddress(vrfy.Address, vrfy.SmtpUtf8))
                    : Answer.Send(state, SessionReplies.CannotVerify);
            case SmtpCommand.Expn:
                return Answer.Bad(state, SessionReplies.ExpnRefused);
            case SmtpCommand.Help:
                return Answer.Send(state, SessionReplies.Help(state.Terms));
            case SmtpCommand.StartTls:
                return StartTls(state);
            case SmtpCommand.Auth auth:
                return AuthDialogue.Begin(state, auth);
            case SmtpCommand.XClient client:
                return PeerDialogue.Take(state, client);
            case SmtpCommand.XForward forward:
                return PeerDialogue.Take(state, forward);
            case SmtpCommand.Unknown:
                return Answer.Bad(state, SessionReplies.NotRecognised);
            default:
                throw new UnreachableException();
        }
    }

    private static SessionStep Mail(SessionState state, MailCommand mail)
    {
        if (state.HeloName is null) return Answer.Bad(state, SessionReplies.HelloFirst);
        if (state.Transaction is not null) return Answer.Bad(state, SessionReplies.NestedMail);
        if (LimitReached(state) is { } limit) return Answer.Send(state, limit, AfterReply.Close);
        if (state.Terms.TlsRequired && !state.IsTls) return Answer.Send(state, SessionReplies.TlsRequired);
        if (state.Terms.AuthRequired && !state.IsAuthenticated) return Answer.Send(state, SessionReplies.AuthRequired);
        if (!state.Extended && !mail.Parameters.IsEmpty) return Answer.Bad(state, SessionReplies.ParameterNotOffered);
        if (mail.Parameters.HasAuth && !state.Terms.AuthOffered && !state.IsAuthenticated) return Answer.Bad(state, SessionReplies.ParameterNotOffered);
        if (mail.Parameters.Size > state.Terms.MaximumMessageSize) return Answer.Send(state, SessionReplies.TooLarge);
        if (state.Counts.Transactions >= state.Terms.TransactionLimit) return Answer.Send(state, SessionReplies.TooManyTransactions);
        return new SessionStep(state with { Phase = SessionPhase.Sender, IsBinary = mail.Parameters.IsBinary, SmtpUtf8 = mail.Parameters.SmtpUtf8 }, new SessionEffect.DecideSender(mail));
    }

    // RCPT and DATA without a transaction are no protocol errors: a pipelining client sends them before it learns that
    // its MAIL was refused (RFC 2920 §3.1).
    private static SessionStep Rcpt(SessionState state, RcptCommand rcpt)
    {
        if (state.Transaction is null) return Answer.Send(state, SessionReplies.MailFirst);
        if (state.Transaction.Chunks != ChunkStage.None) return Answer.Bad(state, SessionReplies.ChunksBegun);
        if (!state.Extended && !rcpt.Parameters.IsEmpty) return Answer.Bad(state, SessionReplies.ParameterNotOffered);
        state = state with
        {
            Transaction = state.Transaction with { PresentedRecipients = state.Transaction.PresentedRecipients + 1 },
            Counts = state.Counts with { Recipients = state.Counts.Recipients + 1 },
        };
        if (state.Transaction.AcceptedRecipients >= state.Terms.MaximumRecipients) return Answer.Send(state, SessionReplies.TooManyRecipients);
        return new SessionStep(state with { Phase = SessionPhase.Recipient }, new SessionEffect.DecideRecipient(rcpt));
    }

    private static SessionStep Data(SessionState state)
    {
        if (state.Transaction is null) return Answer.Send(state, SessionReplies.MailFirst);
        if (state.Transaction.Chunks != ChunkStage.None) return Answer.Bad(state, SessionReplies.ChunksBegun);
        if (state.IsBinary) return Answer.Bad(state, SessionReplies.BinaryNeedsChunks);
        if (state.Transaction.AcceptedRecipients == 0) return Answer.Send(state, SessionReplies.NoRecipients);
        if (state.Transaction.PresentedRecipients > state.Terms.RecipientCutoff)
            return Answer.Send(state with { Transaction = null }, SessionReplies.RecipientCutoff);
        return Answer.Send(state, SessionReplies.StartContent, AfterReply.ReadContent);
    }

    /// <summary>The limits of a whole session; they are looked at between transactions only (Administration Guide 6.3, 12.10.3).</summary>
    private static SmtpReply? LimitReached(SessionState state)
    {
        if (state.Counts.Transactions >= state.Terms.DisconnectTransactionLimit) return SessionReplies.TransactionsSpent;
        if (state.Counts.Recipients >= state.Terms.DisconnectRecipientLimit) return SessionReplies.RecipientsSpent;
        if (state.Counts.RefusedRecipients >= state.Terms.DisconnectRejectLimit) return SessionReplies.RefusalsSpent;
        return null;
    }

    private static SessionStep StartTls(SessionState state)
    {
        if (state.IsTls) return Answer.Bad(state, SessionReplies.AlreadyTls);
        if (!state.Terms.TlsOffered) return Answer.Bad(state, SessionReplies.NoTls);
        if (!state.Extended) return Answer.Bad(state, SessionReplies.EhloFirst);
        if (state.Transaction is not null) return Answer.Bad(state, SessionReplies.InsideTransaction);
        return Answer.Send(state, SessionReplies.StartTls, AfterReply.StartTls);
    }
}
