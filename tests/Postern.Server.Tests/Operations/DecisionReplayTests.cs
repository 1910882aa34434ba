using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Postern.Policy.Access;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Operations;

/// <summary>One engine: what a live session decided, and logged, is what <c>explain</c> says of the same facts, step by step.</summary>
public sealed class DecisionReplayTests
{
    private const int Sessions = 250;

    private static readonly string[] Clients = [ServerBench.Outsider, ServerBench.Insider, "198.51.100.7", "203.0.113.200", "2001:db8::9", "::1"];
    private static readonly string[] Senders = ["", "s@ext.example", "bob@example.com", "offers@spam.example", "bounce@held.example", "a%b@ext.example", "no-domain", "x@[192.0.2.1]"];
    private static readonly string[] Recipients =
    [
        "bob@example.com", "nobody@example.com", "v@other.example", "@mail.example.com:v@other.example", "u%x.test@in.test", "u@in.test", "x!y@in.test", "postmaster",
        "club@example.com", "both@example.com", "bob@ims-ms-daemon", "trap@other.example", "BOB@EXAMPLE.COM", "\"a b\"@example.com", "bob@[192.0.2.25]",
    ];

    [Fact]
    public async Task Logged_decisions_and_explained_ones_are_equal()
    {
        await using ServerBench bench = new(Site.Snapshot(
            ("option.dat", text => text + "LOG_DECISIONS=all\nACCESS_AUTH=1\n"),
            ("mappings", text => text.Replace("PORT_ACCESS\n\n", "PORT_ACCESS\n\n  TCP|*|*|$(203.0.113.128/25)|*   $N554$ 5.7.1$ not$ from$ there\n", StringComparison.Ordinal) + """

                FROM_ACCESS

                  TCP|*|MAIL|tcp_local|*@spam.example|*   $N$D300|no$ offers$ please
                  *|MAIL|*|*@held.example|*               $H

                ORIG_MAIL_ACCESS

                  TCP|*|MAIL|*|*|*|trap@*                 $X4.7.1|$NTry$ later

                MAIL_ACCESS

                  TCP|*|*|*|*|SMTP/*|MAIL|*|*|*|carl@*    $D10|$:A$Y

                """),
            ("aliases", text => text + "\nclub: [AUTH_CHANNEL] tcp_intranet, bob@example.com, v@other.example\nboth: bob@example.com, v@other.example\n")), withTls: true, servesDelays: false);
        Random random = new(20261125);
        for (int i = 0; i < Sessions; i++) await RunAsync(bench, random);

        string[] lines = await bench.DecisionsAsync();
        MailPolicy policy = bench.Live.Policy;
        int compared = 0;
        foreach (string line in lines)
        {
            JsonNode live = JsonNode.Parse(line)!;

            // An accepted sender is explained with each of its recipients.
            if (live["rcpt_to"] is null && (string?)live["verdict"] is not ("reject" or "defer")) continue;
            DecisionRecord explained = Explain(policy, live);
            Assert.Equal(Comparable(live), Comparable(JsonNode.Parse(DecisionJson.Line(explained).Span)!));
            compared++;
        }

        Assert.True(compared > Sessions, $"only {compared} decisions were compared");
        Assert.Equal(["accept", "defer", "hold", "reject"], lines.Select(l => JsonDocument.Parse(l).RootElement.GetProperty("verdict").GetString()).Distinct().Order());
    }

    private static async Task RunAsync(ServerBench bench, Random random)
    {
        bool submission = random.Next(3) == 0;
        string? tls = random.Next(2) == 0 ? "TLS1.3:TLS_AES_256_GCM_SHA384" : null;
        string? user = tls is not null && random.Next(2) == 0 ? "bob@example.com" : null;
        Connection client = bench.Connect(
            Clients[random.Next(Clients.Length)], submission ? "submission" : "smtp", port: submission ? 5587 : 2525, presumed: (tls, user));
        string? greeting = await client.ReplyAsync();
        if (greeting?.StartsWith("220", StringComparison.Ordinal) == true)
        {
            await client.SayAsync(random.Next(4) == 0 ? "HELO old.test" : "EHLO client.test");
            for (int transactions = random.Next(1, 3); transactions > 0; transactions--)
            {
                await client.SayAsync($"MAIL FROM:<{Senders[random.Next(Senders.Length)]}>");
                for (int recipients = random.Next(1, 4); recipients > 0; recipients--) await client.SayAsync($"RCPT TO:<{Recipients[random.Next(Recipients.Length)]}>");
                await client.SayAsync("RSET");
            }

            await client.SayAsync("QUIT");
        }

        // Whoever is turned away before a handshake hears nothing at all.
        if (greeting is not null) Assert.Null(await client.ReplyAsync());
    }

    private static DecisionRecord Explain(MailPolicy policy, JsonNode live)
    {
        string? tls = (string?)live["tls_description"];
        ImaginedSession session = new((string)live["client_ip"]!, (int)live["port"]!, tls is not null, (string?)live["authenticated"], (string?)live["helo"] ?? "")
        {
            ClientPort = 40000,
            ServerAddress = IPAddress.Parse("192.0.2.25"),
            TlsDescription = tls ?? "",
        };
        SessionFacts facts = Assert.IsType<SessionFacts>(session.Facts(policy, out string? fault));
        Assert.Null(fault);
        return ImaginedSession.Decide(policy, facts with { Extended = (bool)live["extended"]! }, (string?)live["mail_from"] ?? "", (string?)live["rcpt_to"] ?? "nobody@example.com");
    }

    /// <summary>All that a decision says of its reasons and its answer.</summary>
    private static string Comparable(JsonNode decision)
    {
        JsonObject fields = decision.AsObject();
        fields.Remove("id");
        fields.Remove("time");
        return fields.ToJsonString();
    }
}
