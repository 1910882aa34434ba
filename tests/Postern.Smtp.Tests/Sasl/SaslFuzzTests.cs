using System.Text;
using Postern.Smtp.Sasl;
using Postern.Smtp.Session;
using Postern.Tests;

namespace Postern.Smtp.Tests.Sasl;

/// <summary>
/// AUTH exchanges with damage of all sorts, through the whole dialogue.
/// </summary>
public sealed class SaslFuzzTests
{
    private const string Nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private const string First = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
    private const string Final = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    private static readonly ScramVerifier Right = ScramVerifier.Create("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);

    private static readonly SessionTerms Terms = new(
        "mx.example", AuthOffered: true, BadCommandLimit: int.MaxValue, BadAuthenticationLimit: int.MaxValue, Mechanisms: SessionTerms.AllMechanisms);

    /// <summary>What a client of each mechanism sends, before base64.</summary>
    private static readonly string[][] Exchanges =
    [
        ["PLAIN", "\0user\0pencil"],
        ["PLAIN", "user\0user\0pencil"],
        ["LOGIN", "user", "pencil"],
        ["SCRAM-SHA-256", First, Final, ""],
        ["SCRAM-SHA-256-PLUS", "p=tls-server-end-point,a=user,n=us=2Cer,r=abc", "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsAAA=,r=abc,p=AAAA", ""],
        ["EXTERNAL", "user"],
    ];

    private static readonly string[] Pieces = ["\0", ",", "=", "=2C", "=3D", "n=", "r=", "p=", "a=", "c=", "m=", "y,,", "n,,", "\u00e4", "\ud83d\ude00", "*", " ", "user", "\r", "\n", "\uffff"];

    [Fact]
    public void Nothing_damaged_gets_in_and_everything_is_answered()
    {
        long accepted = 0, refused = 0;
        new FuzzRun([], Pieces).Run(100_000, (_, random) =>
        {
            if (Converse(random)) accepted++;
            else refused++;
        });

        // Both ways are walked: most exchanges are damaged, some are left whole.
        Assert.True(accepted > refused / 100 && refused > accepted / 4, $"{accepted} accepted, {refused} not");
    }

    /// <returns>whether the client is authenticated in the end.</returns>
    private static bool Converse(Random random)
    {
        SessionState state = SmtpSession.Step(SessionState.Initial, new SessionEvent.Opened(Terms, ImplicitTls: true)).State;
        state = SmtpSession.Step(state, new SessionEvent.Line("EHLO c.example"u8.ToArray(), MoreBuffered: false)).State;
        string[] exchange = Exchanges[random.Next(Exchanges.Length)];
        bool hasInitial = random.Next(2) == 0;
        Queue<byte[]> lines = new(exchange.Skip(1).Select(text => Encoded(text, random)));
        byte[] begin = [.. "AUTH "u8, .. Encoding.ASCII.GetBytes(exchange[0])];
        if (hasInitial) begin = [.. begin, (byte)' ', .. lines.Dequeue()];
        SessionEvent? happened = new SessionEvent.Line(Damaged(begin, random, rarely: true), MoreBuffered: random.Next(50) == 0);
        bool mayEnter = false;
        while (happened is not null)
        {
            SessionStep step = SmtpSession.Step(state, happened);
            state = step.State;
            if (state.IsAuthenticated) Assert.True(mayEnter);
            happened = step.Effect switch
            {
                SessionEffect.Send { Then: AfterReply.ReadSaslResponse } when lines.TryDequeue(out byte[]? line) => new SessionEvent.Line(line, MoreBuffered: false),
                SessionEffect.Send { Then: AfterReply.ReadSaslResponse } => new SessionEvent.Line("*"u8.ToArray(), MoreBuffered: false),
                SessionEffect.CheckPassword check => Answer(check is { User: "user", Password: "pencil" }),
                SessionEffect.CheckCertificate check => Answer(check.Identity is "" or "user"),
                SessionEffect.FindVerifier find => new SessionEvent.VerifierFound(find.User == "user" ? Right : ScramVerifier.Decoy(find.User, "s"u8, 4096), Nonce, []),
                SessionEffect.ConcludeAuthentication conclude => Answer(Believed(conclude)),
                _ => null,
            };
        }

        return state.IsAuthenticated;

        SessionEvent.Authenticated Answer(bool isRight)
        {
            mayEnter |= isRight;
            return new(isRight ? AuthenticationOutcome.Accepted : AuthenticationOutcome.Rejected, "user", Terms);
        }
    }

    /// <summary>No damage makes a proof for anybody else.</summary>
    private static bool Believed(SessionEffect.ConcludeAuthentication conclude)
    {
        if (conclude.IsProved) Assert.Equal("user", conclude.User);
        return conclude.IsProved;
    }

    private static byte[] Encoded(string text, Random random)
    {
        for (int n = random.Next(4); n > 0; n--)
        {
            int at = random.Next(text.Length + 1);
            text = random.Next(4) switch
            {
                0 => text.Insert(at, Pieces[random.Next(Pieces.Length)]),
                1 => text[..at],
                2 when at < text.Length => text.Remove(at, random.Next(1, text.Length - at + 1)),
                _ => text,
            };
        }

        return Damaged(Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.UTF8.GetBytes(text))), random, rarely: true);
    }

    private static byte[] Damaged(byte[] line, Random random, bool rarely)
    {
        if (rarely && random.Next(5) > 0) return line;
        List<byte> damaged = [.. line];
        for (int n = random.Next(1, 4); n > 0; n--)
        {
            int at = random.Next(damaged.Count + 1);
            switch (random.Next(3))
            {
                case 0:
                    damaged.Insert(at, (byte)random.Next(256));
                    break;
                case 1 when at < damaged.Count:
                    damaged.RemoveAt(at);
                    break;
                case 2 when at < damaged.Count:
                    damaged[at] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. damaged];
    }
}
