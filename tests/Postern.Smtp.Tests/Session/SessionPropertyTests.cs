using System.Text;
using CsCheck;
using Postern.Smtp.Replies;
using Postern.Smtp.Sasl;
using Postern.Smtp.Session;

namespace Postern.Smtp.Tests.Session;

/// <summary>Random dialogues: whatever comes in whatever order, the session's promises hold.</summary>
public sealed class SessionPropertyTests
{
    /// <summary>The example of RFC 7677 §3.</summary>
    private const string ClientFirst = "biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=";

    private const string ClientFinal =
        "Yz1iaXdzLHI9ck9wck5HZndFYmVSV2diTkVrcU8laHZZRHBXVWEyUmFUQ0FmdXhGSWxqKWhObEYkazAscD1kSHpiWmFwV0lrNGpVaE4rVXRlOXl0YWc5empmTUhnc3FtbWl6N0FuZFZRPQ==";

    private static readonly ScramVerifier Verifier = ScramVerifier.Create("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

    private static readonly byte[][] Lines =
    [
        .. new[]
        {
            "EHLO c.example", "EHLO c.example", "HELO c.example", "EHLO", "MAIL FROM:<a@b>", "MAIL FROM:<>", "MAIL FROM:<a@b> SIZE=5",
            "MAIL FROM:<a@b> SIZE=5000", "MAIL FROM:<a@b> AUTH=<>", "MAIL FROM:<bad", "RCPT TO:<c@d>", "RCPT TO:<c@d>", "RCPT TO:<postmaster>",
            "RCPT TO:<bad@@d>", "DATA", "DATA", "BDAT 5", "BDAT 0 LAST", "BDAT 5000", "BDAT x", "MAIL FROM:<a@b> BODY=BINARYMIME", "RSET", "NOOP", "QUIT", "VRFY x", "EXPN x", "HELP", "STARTTLS", "STARTTLS", "AUTH PLAIN",
            "AUTH PLAIN AGEAYg==", "AUTH LOGIN", "AUTH LOGIN YQ==", "AUTH CRAM-MD5", "AUTH PLAIN =", "AUTH SCRAM-SHA-256", "AUTH EXTERNAL =",
            $"AUTH SCRAM-SHA-256 {ClientFirst}", ClientFirst, ClientFinal, "", "AGEAYg==", "YQ==", "*", "!", "XYZZY", "",
            "MAIL FROM:<\u00F6@b> SMTPUTF8", "MAIL FROM:<\u00F6@b>", "RCPT TO:<\u00F6@d>", "VRFY \u00F6 SMTPUTF8", "XCLIENT ADDR=192.0.2.1", "XCLIENT LOGIN=a ADDR=192.0.2.1", "XCLIENT ADDR=x",
            "XFORWARD ADDR=192.0.2.1", "XFORWARD IDENT=q", "XFORWARD x",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private const int AllTermsCount = 32 * 8;

    private static readonly SessionTerms[] AllTerms =
    [
        .. from bits in Enumerable.Range(0, AllTermsCount)
           select new SessionTerms(
               "mx.example", (bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0, (bits & 8) > 0, (bits & 16) > 0, 1000, MaximumRecipients: 2, BadCommandLimit: 5, BadAuthenticationLimit: 2,
               RecipientCutoff: 3, Mechanisms: (bits & 1) > 0 ? SessionTerms.PasswordMechanisms : SessionTerms.AllMechanisms, TransactionLimit: 4, DisconnectRecipientLimit: 6, DisconnectRejectLimit: 4, VerifiesAddresses: (bits & 1) > 0, Rights: (PeerRights)(bits / 32)),
    ];

    /// <summary>So many dialogues; a fixed seed, so that a failure comes again.</summary>
    private const int Dialogues = 1_000_000;

    [Fact]
    public void No_sequence_of_events_breaks_a_promise()
    {
        const int parts = 8;
        Parallel.For(0, parts, part =>
        {
            Random random = new(part);
            uint[] choices = new uint[30];
            for (int i = 0; i < Dialogues / parts; i++)
            {
                int length = 5 + (int)(random.NextInt64() % 26);
                for (int c = 0; c < length; c++) choices[c] = (uint)random.NextInt64();
                Play(choices.AsSpan(0, length));
            }
        });
    }

    [Fact]
    public void An_answer_that_nobody_asked_for_is_a_bug_of_the_caller()
    {
        SessionState state = SmtpSession.Step(SessionState.Initial, new SessionEvent.Opened(AllTerms[0], false)).State;
        foreach (SessionEvent unasked in (SessionEvent[])
        [
            new SessionEvent.Opened(AllTerms[0], false),
            new SessionEvent.SenderDecided(new EnvelopeAnswer(new SmtpReply(250, "2.1.0", "ok"))),
            new SessionEvent.RecipientDecided(new EnvelopeAnswer(new SmtpReply(250, "2.1.5", "ok"))),
            new SessionEvent.Authenticated(AuthenticationOutcome.Accepted, "u", AllTerms[0]),
            new SessionEvent.ContentFinished(new SmtpReply(250, "2.0.0", "ok")),
            new SessionEvent.TlsStarted(AllTerms[0]),
        ])
            Assert.Throws<InvalidOperationException>(() => SmtpSession.Step(state, unasked));
    }

    private static void Play(ReadOnlySpan<uint> choices)
    {
        Model model = new();
        SessionState state = SessionState.Initial;
        SessionTerms terms = AllTerms[choices[0] % AllTermsCount];
        SessionEvent happened = new SessionEvent.Opened(terms, ImplicitTls: choices[0] / AllTermsCount % 4 == 0);
        foreach (uint choice in choices)
        {
            SessionStep step = SmtpSession.Step(state, happened);
            model.Check(state, happened, step);
            state = step.State;
            if (Next(step.Effect, choice, state.Terms) is not { } next) break;
            happened = next;
        }
    }

    /// <summary>An event that may follow the effect; null when the session is over.</summary>
    private static SessionEvent? Next(SessionEffect effect, uint choice, SessionTerms terms) => effect switch
    {
        SessionEffect.Send { Then: AfterReply.Close } => null,
        SessionEffect.Send { Then: AfterReply.ReadContent } =>
            new SessionEvent.ContentFinished(choice % 2 == 0 ? new SmtpReply(250, "2.0.0", "queued") : new SmtpReply(550, "5.6.0", "bad")),
        SessionEffect.Send { Then: AfterReply.StartTls } => new SessionEvent.TlsStarted(terms),
        SessionEffect.Send or SessionEffect.AwaitLine => (choice % 97) switch
        {
            0 => new SessionEvent.TimedOut(),
            1 => new SessionEvent.Stopping(),
            2 or 3 => new SessionEvent.BadLine((LineFault)(choice / 97 % 4)),
            _ => new SessionEvent.Line(Lines[choice / 97 % (uint)Lines.Length], MoreBuffered: choice / 10_000 % 8 == 0),
        },
        SessionEffect.ReadChunk chunk => new SessionEvent.ChunkFinished(chunk.IsLast, choice % 3 == 0 ? new SmtpReply(550, "5.6.0", "bad") : new SmtpReply(250, "2.0.0", "ok")),
        SessionEffect.SkipChunk chunk => new SessionEvent.ChunkFinished(chunk.IsLast, chunk.Refusal),
        SessionEffect.VerifyAddress => new SessionEvent.AddressVerified(Answer(choice).Reply),
        SessionEffect.DecideSender => new SessionEvent.SenderDecided(Answer(choice)),
        SessionEffect.DecideRecipient => new SessionEvent.RecipientDecided(Answer(choice)),
        SessionEffect.ChangeClient change => choice % 3 == 0
            ? new SessionEvent.ClientRefused(new EnvelopeAnswer(new SmtpReply(554, "5.7.1", "no")))
            : new SessionEvent.ClientChanged(AllTerms[choice % 32], change.Client.Login is not null),
        SessionEffect.FindVerifier when choice % 4 != 0 => new SessionEvent.VerifierFound(Verifier, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", []),
        SessionEffect.FindVerifier => new SessionEvent.Authenticated(AuthenticationOutcome.Rejected, null, terms) { LeastDelay = TimeSpan.FromSeconds(1) },
        SessionEffect.ConcludeAuthentication { IsProved: false } => new SessionEvent.Authenticated(AuthenticationOutcome.Rejected, null, terms),
        SessionEffect.CheckPassword or SessionEffect.CheckCertificate or SessionEffect.ConcludeAuthentication => new SessionEvent.Authenticated((AuthenticationOutcome)(choice % 3), "u", AllTerms[choice % 32] with { Rights = terms.Rights }),
        _ => throw new InvalidOperationException(effect.ToString()),
    };

    private static EnvelopeAnswer Answer(uint choice) => (choice % 5) switch
    {
        0 => new EnvelopeAnswer(new SmtpReply(550, "5.7.1", "no"), TimeSpan.FromSeconds(1), DelayLater: choice % 2 == 0),
        1 => new EnvelopeAnswer(new SmtpReply(450, "4.7.1", "later")),
        _ => new EnvelopeAnswer(new SmtpReply(250, "2.1.0", "ok"), TimeSpan.FromSeconds(choice % 3), DelayLater: choice % 7 == 0),
    };

    /// <summary>What an observer outside the session knows.</summary>
    private sealed class Model
    {
        private bool _greeted;
        private bool _authenticated;
        private bool _accepted;
        private int _recipients;

        public void Check(SessionState before, SessionEvent happened, SessionStep step)
        {
            SessionState after = step.State;
            if (happened is SessionEvent.Authenticated authenticated) _accepted = authenticated.Outcome == AuthenticationOutcome.Accepted;
            if (_accepted && !_authenticated && after.Phase == SessionPhase.Command) Assert.True(step.Effect is SessionEffect.Send { Reply.Code: 235 });
            switch (happened)
            {
                case SessionEvent.TlsStarted:
                    Assert.Equal((null, false, null, false, true), (after.HeloName, after.Extended, after.Transaction, after.IsAuthenticated, after.IsTls));
                    Assert.IsType<SessionEffect.AwaitLine>(step.Effect);
                    (_greeted, _authenticated, _accepted, _recipients) = (false, false, false, 0);
                    break;
                case SessionEvent.ClientChanged changed:
                    Assert.Equal((null, false, null, changed.IsAuthenticated, before.IsTls, PeerRights.None), (after.HeloName, after.Extended, after.Transaction, after.IsAuthenticated, after.IsTls, after.Terms.Rights));
                    Assert.Equal((0, 0, null), (after.BadCommands, after.Counts.Transactions, after.Forwarded));
                    (_greeted, _authenticated, _accepted, _recipients) = (false, changed.IsAuthenticated, changed.IsAuthenticated, 0);
                    break;
                case SessionEvent.ContentFinished:
                    Assert.Null(after.Transaction);
                    break;
                case SessionEvent.RecipientDecided { Answer.Reply.IsPositive: true }:
                    _recipients++;
                    break;
            }

            if (after.Transaction is null) _recipients = 0;
            Assert.True(after.Forwarded is null || after.Terms.Rights.HasFlag(PeerRights.Forward) || before.Forwarded is not null);
            Assert.True(before.Transaction is null || after.Transaction is not null || after.Forwarded is null);
            Assert.Equal(_recipients, after.Transaction?.AcceptedRecipients ?? 0);
            switch (step.Effect)
            {
                case SessionEffect.DecideSender:
                    Assert.True(_greeted);
                    Assert.Null(after.Transaction);
                    Assert.True(after.IsTls || !after.Terms.TlsRequired);
                    Assert.True(_authenticated || !after.Terms.AuthRequired);
                    break;
                case SessionEffect.DecideRecipient:
                    Assert.True(_greeted);
                    Assert.NotNull(after.Transaction);
                    Assert.True(_recipients < after.Terms.MaximumRecipients);
                    break;
                case SessionEffect.ReadChunk:
                    Assert.True(_greeted && _recipients > 0);
                    break;
                case SessionEffect.ChangeClient change:
                    Assert.True(_greeted && after.Transaction is null && after.Terms.Rights.HasFlag(PeerRights.Client));
                    Assert.True(change.Client.Login is null || after.Terms.Rights.HasFlag(PeerRights.Login));
                    break;
                case SessionEffect.CheckPassword or SessionEffect.CheckCertificate or SessionEffect.FindVerifier or SessionEffect.ConcludeAuthentication:
                    Assert.False(_authenticated);
                    Assert.Null(after.Transaction);
                    Assert.True(after.IsTls || !after.Terms.PlaintextNeedsTls);
                    break;
                case SessionEffect.Send send:
                    Check(before, happened, send, after);
                    break;
            }
        }

        private void Check(SessionState before, SessionEvent happened, SessionEffect.Send send, SessionState after)
        {
            SmtpReply reply = send.Reply;
            if (reply.Code == 235)
            {
                Assert.False(_authenticated);
                Assert.True(_accepted);
                _authenticated = true;
            }

            if (reply.Code == 250 && reply.Enhanced is null) _greeted = true;
            if (send.Then == AfterReply.ReadContent) Assert.True(_recipients > 0);
            if (send.Then == AfterReply.StartTls) Assert.True(_greeted && !before.IsTls && before.Terms.TlsOffered);
            if (send.Then == AfterReply.Close) Assert.True(reply.Code is 221 or 421 or 450 or 451 or 501 or 503 or 554);
            else Assert.True(after.BadCommands < after.Terms.BadCommandLimit && reply.Code != 421);
            if (reply.Enhanced is { } enhanced) Assert.Equal(reply.Code / 100, enhanced.Class);
            else Assert.True(reply.Code is 220 or 250 or 334 or 354);
            Assert.All(reply.Lines, l => Assert.DoesNotContain(l, char.IsControl));
            if (before.Transaction is { } open && happened is not (SessionEvent.TimedOut or SessionEvent.Stopping)) Assert.True(send.Delay >= open.LaterDelay);
        }
    }
}
