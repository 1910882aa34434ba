using System.Text;
using CsCheck;
using Postern.Smtp.Sasl;
using Postern.Smtp.Session;

namespace Postern.Smtp.Tests.Session;

/// <summary>Random AUTH exchanges of all mechanisms: nobody gets in without a right password or proof, and every exchange ends.</summary>
public sealed class AuthPropertyTests
{
    /// <summary>The example of RFC 7677 §3.</summary>
    private const string ClientFirst = "biwsbj11c2VyLHI9ck9wck5HZndFYmVSV2diTkVrcU8=";

    private const string ClientFinal =
        "Yz1iaXdzLHI9ck9wck5HZndFYmVSV2diTkVrcU8laHZZRHBXVWEyUmFUQ0FmdXhGSWxqKWhObEYkazAscD1kSHpiWmFwV0lrNGpVaE4rVXRlOXl0YWc5empmTUhnc3FtbWl6N0FuZFZRPQ==";

    private const string Nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    private static readonly ScramVerifier Right = ScramVerifier.Create("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    private static readonly ScramVerifier Other = ScramVerifier.Create("pen", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

    private static readonly SessionTerms Terms = new(
        "mx.example", AuthOffered: true, PlaintextNeedsTls: false, BadCommandLimit: 100, BadAuthenticationLimit: 20, ErrorDelay: TimeSpan.FromSeconds(1),
        Mechanisms: SessionTerms.AllMechanisms);

    private static readonly string[] Lines =
    [
        "AUTH PLAIN", "AUTH PLAIN AHVzZXIAcGVuY2ls", "AUTH PLAIN YQBiAGM=", "AUTH LOGIN", "AUTH LOGIN dXNlcg==", "AUTH SCRAM-SHA-256", "AUTH EXTERNAL", "AUTH EXTERNAL =", "AUTH EXTERNAL dXNlcg==",
        $"AUTH SCRAM-SHA-256 {ClientFirst}", ClientFirst, ClientFirst, ClientFinal, ClientFinal, ClientFinal, "", "=", "*", "!", "AHVzZXIAcGVuY2ls", "dXNlcg==", "MAIL FROM:<a@b>", "NOOP",
    ];

    [Fact]
    public void Nobody_gets_in_unproved()
    {
        int byPassword = 0, byProof = 0, distrusted = 0;
        Gen.Int[0, 999_999].Array[2, 25].Sample(
            choices =>
            {
                SessionState state = SmtpSession.Step(SessionState.Initial, new SessionEvent.Opened(Terms, ImplicitTls: true)).State;
                SessionEvent happened = new SessionEvent.Line("EHLO c.example"u8.ToArray(), MoreBuffered: false);
                bool isRight = false;
                foreach (int choice in choices)
                {
                    SessionState before = state;
                    SessionStep step = SmtpSession.Step(state, happened);
                    state = step.State;
                    Assert.True(!state.IsAuthenticated || isRight);
                    if (state is { IsAuthenticated: true } && !before.IsAuthenticated)
                    {
                        Assert.Equal(235, Assert.IsType<SessionEffect.Send>(step.Effect).Reply.Code);
                        Interlocked.Increment(ref before.Sasl is SaslExchange.Answered ? ref byProof : ref byPassword);
                    }

                    if (state.Phase is SessionPhase.Command or SessionPhase.Closed) Assert.Null(state.Sasl);
                    switch (step.Effect)
                    {
                        case SessionEffect.Send { Then: AfterReply.Close }:
                            if (before.Sasl is SaslExchange.Answered) Interlocked.Increment(ref distrusted);
                            return;
                        case SessionEffect.Send send:
                            Assert.True(send.Reply.Code != 535 || send.Delay >= TimeSpan.FromSeconds(state.BadAuthentications));
                            happened = new SessionEvent.Line(Encoding.ASCII.GetBytes(Lines[choice % Lines.Length]), MoreBuffered: false);
                            break;
                        case SessionEffect.DecideSender:
                            return;
                        case SessionEffect.FindVerifier:
                            happened = new SessionEvent.VerifierFound(choice % 4 == 0 ? Other : Right, Nonce, []);
                            break;
                        case SessionEffect.ConcludeAuthentication conclude:
                            happened = Answer(conclude.IsProved && choice % 4 != 0);
                            break;
                        case SessionEffect.CheckCertificate check:
                            happened = Answer(check.Identity is "user" && choice % 4 == 0);
                            break;
                        case SessionEffect.CheckPassword check:
                            happened = Answer(check is { User: "user", Password: "pencil" });
                            break;
                    }

                    SessionEvent.Authenticated Answer(bool accepted)
                    {
                        isRight |= accepted;
                        return new(accepted ? AuthenticationOutcome.Accepted : AuthenticationOutcome.Rejected, "user", Terms);
                    }
                }
            },
            iter: 30_000,
            seed: "0000000000005");
        Assert.True(byPassword > 10 && byProof > 10 && distrusted > 10, $"{byPassword} by password, {byProof} by proof, {distrusted} did not believe us");
    }
}
