using System.Text;
using System.Text.Json;
using Postern.Mapping.Tables;
using Postern.Policy.Tests.Access;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Access;

/// <summary>The worked cases of relay blocking over a socket: the reply to RCPT to the letter, and the entry behind a refusal by its id.</summary>
public sealed class WorkedCasesTests(WorkedServers servers) : IClassFixture<WorkedServers>
{
    private static readonly CaseTable Published = CaseTable.Read("access/relay-blocking.case");
    private static readonly CaseTable Closed = CaseTable.Read("access/closed-configuration.case");
    private static readonly CaseTable Expansion = CaseTable.Read("access/expansion.case");
    private static readonly string Credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0bob@example.com\0{Site.Password}"));

    /// <summary>What is wrong with the recipients that are no addresses.</summary>
    private static readonly Dictionary<string, string> NoAddress = new(StringComparer.Ordinal)
    {
        ["W24"] = "second \"@\"",
        ["W26"] = "text touches a quoted string",
    };

    public static TheoryData<string> PublishedNames => [.. Published.Names];

    public static TheoryData<string> ClosedNames => [.. Closed.Names];

    public static TheoryData<string> ExpansionNames => [.. Expansion.Names.Where(n => Expansion[n]["tables"] == "orig")];

    [Theory]
    [MemberData(nameof(PublishedNames))]
    public async Task Published_table_answers(string name)
    {
        CaseTable.Row row = Published[name];
        (ServerBench bench, SocketBench server) = await servers.GetAsync(row["config"]);
        string reply = await RecipientAsync(bench, server, row["client"], row["user"].Length > 0, row["from"], row["rcpt"], isDelayed: row["answer"] == "routing");
        string? id = Check(row, row["answer"], row["rcpt"], reply);
        if (row["entry"].Length == 0) return;

        MappingTable table = bench.Live.Current.Mappings.Find("ORIG_SEND_ACCESS")!;
        using JsonDocument decision = JsonDocument.Parse((await bench.DecisionAsync(id!))!);
        JsonElement probe = decision.RootElement.GetProperty("probes").EnumerateArray().Single(p => p.GetProperty("decides").GetBoolean());
        Assert.Equal(
            ("ORIG_SEND_ACCESS", table.Entries[int.Parse(row["entry"][1..]) - 1].Position.Line),
            (probe.GetProperty("table").GetString(), probe.GetProperty("entry").GetProperty("line").GetInt32()));
    }

    [Theory]
    [MemberData(nameof(ClosedNames))]
    public async Task Initial_configuration_answers(string name)
    {
        CaseTable.Row row = Closed[name];
        (ServerBench bench, SocketBench server) = await servers.GetAsync("initial");
        string reply = await RecipientAsync(bench, server, "203.0.113.9", hasUser: false, "s@ext.example", row["rcpt"], isDelayed: row["shipped"] == "routing");
        Check(row, row["shipped"], row["rcpt"], reply);
    }

    [Theory]
    [MemberData(nameof(ExpansionNames))]
    public async Task Aliases_that_lead_outside_answer(string name)
    {
        CaseTable.Row row = Expansion[name];
        (ServerBench bench, SocketBench server) = await servers.GetAsync("seed");
        Check(row, row["answer"], row["rcpt"], await RecipientAsync(bench, server, "203.0.113.9", hasUser: false, "s@ext.example", row["rcpt"], isDelayed: false));
    }

    private static async Task<string> RecipientAsync(ServerBench bench, SocketBench server, string client, bool hasUser, string from, string rcpt, bool isDelayed)
    {
        await using SocketDialogue dialogue = await SocketDialogue.ConnectAsync(server.Port, client);
        Assert.StartsWith("220", await dialogue.ReplyAsync());
        Assert.StartsWith("250", await dialogue.SayAsync("EHLO client.ext.example"));
        if (hasUser)
        {
            await dialogue.StartTlsAsync();
            Assert.StartsWith("250", await dialogue.SayAsync("EHLO client.ext.example"));
            Assert.StartsWith("235", await dialogue.SayAsync($"AUTH PLAIN {Credentials}"));
        }

        Assert.StartsWith("250", await dialogue.SayAsync($"MAIL FROM:{(from == "<>" ? from : $"<{from}>")}"));
        await dialogue.SendAsync($"RCPT TO:<{rcpt}>\r\n");
        if (isDelayed)
        {
            await bench.Time.TimerAsync(TimeSpan.FromMilliseconds(300));
            bench.Time.Advance(TimeSpan.FromMilliseconds(300));
        }

        return (await dialogue.ReplyAsync())!;
    }

    /// <returns>the id of a refusal by policy.</returns>
    private static string? Check(CaseTable.Row row, string answer, string given, string reply)
    {
        string expected = answer switch
        {
            "250" => "250 2.1.5 recipient ok",
            "relaying" => $"550 5.7.1 Relaying not permitted: {given}",
            "unknown" => $"550 5.7.1 unknown host or domain: {given}",
            "routing" => $"550 5.7.1 Explicit routing not allowed: {given}",
            "550-5.1.1" => $"550 5.1.1 unknown or illegal alias: {given}",
            "501" => $"501 5.1.3 bad recipient address syntax: {NoAddress[row["name"]]}",
            _ => throw new InvalidDataException($"{row}: no answer is called \"{answer}\""),
        };
        if (!expected.StartsWith("550", StringComparison.Ordinal))
        {
            Assert.True(expected == reply, $"{row}: expected \"{expected}\", got \"{reply}\"");
            return null;
        }

        int bracket = reply.LastIndexOf(" [", StringComparison.Ordinal);
        Assert.True(bracket > 0 && reply[..bracket] == expected, $"{row}: expected \"{expected} [id]\", got \"{reply}\"");
        return reply[(bracket + 2)..^1];
    }
}
