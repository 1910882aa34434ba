using Postern.Smtp.Replies;

namespace Postern.Smtp.Session;

/// <summary>
/// The SMTP dialogue of one connection (RFC 5321 §3 and §4.1.4) as a pure function: an event goes in, the next state and the
/// one thing to do come out.
/// </summary>
/// <remarks>
/// The session knows the protocol and nothing else. What it may not decide (passwords, senders, recipients, content) it asks
/// for by an effect, and the answer comes back as the event that <see cref="SessionPhase"/> names. Commands are read in
/// <see cref="CommandDialogue"/>, AUTH exchanges in <see cref="AuthDialogue"/>; <see cref="Answer"/> makes every reply.
/// INVARIANT: nothing is asked of policy before HELO or EHLO, no content is read without an accepted recipient, and nothing
/// that was said before a TLS handshake is known after it, save how often the client erred and how much it did.
/// </remarks>
public static class SmtpSession
{
    /// <exception cref="InvalidOperationException">the event answers nothing that was asked: a bug of the caller.</exception>
    public static SessionStep Step(SessionState state, SessionEvent happened)
    {
        SessionStep step = Next(state, happened);

        // What XFORWARD said is of one mail transaction.
        if (state is { Transaction: not null, Forwarded: not null } && step.State.Transaction is null) step = step with { State = step.State with { Forwarded = null } };
        bool slow = state.Transaction is { LaterDelay.Ticks: > 0 } && happened is not (SessionEvent.TimedOut or SessionEvent.Stopping);
        return slow && step.Effect is SessionEffect.Send send && send.Delay < state.Transaction!.LaterDelay
            ? step with { Effect = send with { Delay = state.Transaction.LaterDelay } }
            : step;
    }

    private static SessionStep Next(SessionState state, SessionEvent happened) => (state.Phase, happened) switch
    {
        (SessionPhase.Opening, SessionEvent.Opened opened) => Open(opened),
        (SessionPhase.Command, SessionEvent.Line line) => CommandDialogue.Take(state, line),
        (SessionPhase.Command, SessionEvent.BadLine bad) => Answer.Bad(state, SessionReplies.BadLine(bad.Fault)),
        (SessionPhase.Sasl, SessionEvent.Line line) => AuthDialogue.Take(state, line),
        (SessionPhase.Sasl, SessionEvent.BadLine bad) => AuthDialogue.Take(state, bad),
        (SessionPhase.Password, SessionEvent.Authenticated authenticated) => AuthDialogue.Take(state, authenticated),
        (SessionPhase.Password, SessionEvent.VerifierFound found) => ScramDialogue.Take(state, found),
        (SessionPhase.Sender, SessionEvent.SenderDecided decided) => TakeSender(state, decided.Answer),
        (SessionPhase.Recipient, SessionEvent.RecipientDecided decided) => TakeRecipient(state, decided.Answer),
        (SessionPhase.Verification, SessionEvent.AddressVerified verified) => Answer.Send(state, verified.Reply, Answer.Following(verified.Reply)),
        (SessionPhase.Content, SessionEvent.ContentFinished finished) => Answer.Send(
            state with { Transaction = null }, finished.Reply, finished.Close ? AfterReply.Close : Answer.Following(finished.Reply)),
        (SessionPhase.Chunk, SessionEvent.ChunkFinished finished) => ChunkDialogue.Take(state, finished),
        (SessionPhase.Client, SessionEvent.ClientChanged changed) => PeerDialogue.Take(state, changed),
        (SessionPhase.Client, SessionEvent.ClientRefused refused) => PeerDialogue.Take(state, refused),
        (SessionPhase.Handshake, SessionEvent.TlsStarted started) => new SessionStep(
            new SessionState(
                SessionPhase.Command,
                started.Terms,
                IsTls: true,
                BadCommands: state.BadCommands,
                BadAuthentications: state.BadAuthentications,
                Counts: state.Counts),
            new SessionEffect.AwaitLine()),
        (SessionPhase.Command or SessionPhase.Sasl, SessionEvent.TimedOut) => Answer.Send(state, SessionReplies.TimedOut, AfterReply.Close),
        (SessionPhase.Command or SessionPhase.Sasl, SessionEvent.Stopping) => Answer.Send(state, SessionReplies.Stopping, AfterReply.Close),
        _ => throw new InvalidOperationException($"{happened.GetType().Name} in phase {state.Phase}"),
    };

    private static SessionStep Open(SessionEvent.Opened opened) => Answer.Send(
        new SessionState(SessionPhase.Command, opened.Terms, IsTls: opened.ImplicitTls, IsAuthenticated: opened.IsAuthenticated),
        SessionReplies.Greeting(opened.Terms.LocalName));

    private static SessionStep TakeSender(SessionState state, EnvelopeAnswer answer)
    {
        if (answer.Reply.IsPositive)
        {
            state = state with
            {
                Transaction = new MailTransaction(0, Later(answer)),
                Counts = state.Counts with { Transactions = state.Counts.Transactions + 1 },
            };
        }

        return Answer.Send(state, answer.Reply, Answer.Following(answer.Reply), answer.Delay);
    }

    private static SessionStep TakeRecipient(SessionState state, EnvelopeAnswer answer)
    {
        MailTransaction transaction = state.Transaction!;
        TimeSpan later = Later(answer);
        state = state with
        {
            Transaction = transaction with
            {
                AcceptedRecipients = transaction.AcceptedRecipients + (answer.Reply.IsPositive ? 1 : 0),
                LaterDelay = later > transaction.LaterDelay ? later : transaction.LaterDelay,
            },
            Counts = answer.Reply.IsPositive ? state.Counts : state.Counts with { RefusedRecipients = state.Counts.RefusedRecipients + 1 },
        };
        return Answer.Send(state, answer.Reply, Answer.Following(answer.Reply), answer.Delay);
    }

    private static TimeSpan Later(EnvelopeAnswer answer) => answer.DelayLater ? answer.Delay : TimeSpan.Zero;
}
