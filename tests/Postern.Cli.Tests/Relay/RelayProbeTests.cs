using System.Collections.Immutable;
using System.Net;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;
using Postern.Policy.Tests.Access;

namespace Postern.Cli.Tests.Relay;

/// <summary>
/// What scanners and the worked cases try from outside, by IPv4 and by IPv6: everything is refused for good, and nothing arrives anywhere. A reply
/// alone would not do: the sinks and the mailboxes are looked at.
/// </summary>
public sealed class RelayProbeTests(ProbedSite running) : IClassFixture<ProbedSite>
{
    private const string Server = "mta.example.com";
    private const string Literal = "[127.0.0.1]";
    private const string Spam = "antispam";
    private const string Target = "relaytest";
    private const string Elsewhere = "probe.other.test";

    /// <summary>The sixteen tests of nmap's script smtp-open-relay, as sender and recipient.</summary>
    private static readonly ImmutableArray<(string From, string To)> Nmap =
    [
        ("", $"{Target}@{Elsewhere}"),
        ($"{Spam}@{Elsewhere}", $"{Target}@{Elsewhere}"),
        ($"{Spam}@{Server}", $"{Target}@{Elsewhere}"),
        ($"{Spam}@{Literal}", $"{Target}@{Elsewhere}"),
        ($"{Spam}@{Literal}", $"{Target}%{Elsewhere}@{Literal}"),
        ($"{Spam}@{Literal}", $"{Target}%{Elsewhere}@{Server}"),
        ($"{Spam}@{Literal}", $"\"{Target}@{Elsewhere}\""),
        ($"{Spam}@{Literal}", $"\"{Target}%{Elsewhere}\""),
        ($"{Spam}@{Literal}", $"{Target}@{Elsewhere}@{Literal}"),
        ($"{Spam}@{Literal}", $"\"{Target}@{Elsewhere}\"@{Literal}"),
        ($"{Spam}@{Literal}", $"{Target}@{Elsewhere}@{Server}"),
        ($"{Spam}@{Literal}", $"@{Literal}:{Target}@{Elsewhere}"),
        ($"{Spam}@{Literal}", $"@{Server}:{Target}@{Elsewhere}"),
        ($"{Spam}@{Literal}", $"{Elsewhere}!{Target}"),
        ($"{Spam}@{Literal}", $"{Elsewhere}!{Target}@{Literal}"),
        ($"{Spam}@{Literal}", $"{Elsewhere}!{Target}@{Server}"),
    ];

    private readonly PosternSite _site = running.Site;

    [Fact]
    public async Task Nmap_finds_no_open_relay()
    {
        Assert.Equal(16, Nmap.Length);
        await AllAreRefusedAsync(Nmap.Select((probe, i) => ($"nmap {i + 1}", probe.From, probe.To, "5")));
    }

    [Fact]
    public async Task Worked_cases_of_strangers_are_refused()
    {
        CaseTable table = CaseTable.Read("access/relay-blocking.case");
        (string Name, string From, string To, string Reply)[] refused =
        [
            .. from name in table.Names
               let row = table[name]

               // Internal and authenticated clients are no strangers; R31 is about another configuration; what the entries below the published ones close is refused as well.
               where row["config"] == "seed" && row["client"] is "203.0.113.9" or "2001:db8:99::5" or "192.0.2.26" && row["user"].Length == 0
               where row["answer"] != "250" || name is "R15" or "R20"
               select (name, row["from"].Trim('<', '>'), Here(row["rcpt"]), Reply(name is "R15" or "R20" ? "routing" : row["answer"], Here(row["rcpt"]))),
        ];
        Assert.True(refused.Length >= 35, $"{refused.Length} rows");
        await AllAreRefusedAsync(refused);
    }

    [Fact]
    public async Task Forms_that_the_published_table_lets_pass_are_refused()
    {
        CaseTable table = CaseTable.Read("access/closed-configuration.case");
        (string Name, string From, string To, string Reply)[] refused =
            [.. table.Names.Where(n => table[n]["shipped"] != "250").Select(n => (n, "s@ext.example", table[n]["rcpt"], Reply(table[n]["shipped"], table[n]["rcpt"])))];
        Assert.Equal(26, refused.Length);
        await AllAreRefusedAsync(refused);
    }

    private async Task AllAreRefusedAsync(IEnumerable<(string Name, string From, string To, string Reply)> probes)
    {
        List<string> wrong = [];
        List<Letter> letters = [];
        foreach ((IPAddress proxy, string client) in ProbedSite.Strangers)
        {
            foreach ((string name, string from, string to, string expected) in probes)
            {
                Letter letter = Letter.New();
                letters.Add(letter);
                using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(proxy, _site.Port, ProxyHeaders.Line(client));
                string reply = await dialogue.DeliverAsync(from, to, letter);
                if (!reply.StartsWith(expected, StringComparison.Ordinal)) wrong.Add($"{name} from {client}: MAIL FROM:<{from}> RCPT TO:<{to}>\n    {reply}, not {expected}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        await running.QuietAsync();
        Assert.All(letters, letter =>
        {
            Assert.Empty(_site.Outside.MessagesWith(letter));
            Assert.Empty(_site.Inside.MessagesWith(letter));
            Assert.Empty(_site.Store.MessagesOf(PosternSite.Bob, letter));
        });
    }

    /// <summary>The names of the worked cases as this site has them.</summary>
    private static string Here(string address) => address
        .Replace("mail.example.com", Server, StringComparison.Ordinal)
        .Replace("in.corp.example", "in.test", StringComparison.Ordinal);

    private static string Reply(string answer, string given) => answer switch
    {
        "relaying" => $"{AddressForm.NoRelay}: {given} [",
        "unknown" => $"{AddressForm.Unknown}: {given} [",
        "routing" => $"{AddressForm.NoRoute}: {given} [",
        "550-5.1.1" => "550 5.1.1 ",
        "501" => "501 5.1.3 ",
        _ => throw new InvalidDataException($"no answer is called \"{answer}\""),
    };
}
