using System.Globalization;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Tests.Conformance;

namespace Postern.Server.Tests.Callouts;

/// <summary>What each routine answers, by the tables in <c>conformance/callout</c>.</summary>
public sealed class CalloutCaseTests
{
    private static readonly IReadOnlyDictionary<string, Case> Cases = Case.ReadAll("callout");

    public static TheoryData<string> Lookups => new(Cases.Keys.Where(k => k.StartsWith("callout/dns", StringComparison.Ordinal)));

    public static TheoryData<string> Throttles => new(Cases.Keys.Where(k => k.StartsWith("callout/throttle", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Lookups))]
    public async Task Name_or_list_is_looked_up(string place)
    {
        Case row = Cases[place];
        string ask = row.Get("ask");
        int comma = ask.IndexOf(',', StringComparison.Ordinal);
        ServerCallouts callouts = new(new DnsRoutines(Dns(row)), throttles: null);
        CalloutAnswer? answer = await callouts.AnswerAsync(new Callout(CalloutKind.Routine, ask[..comma], ask[(comma + 1)..]), TestContext.Current.CancellationToken);
        Assert.True(row.Get("answer") == Text(answer), $"{place}: got \"{Text(answer)}\"");
        row.AssertAllKeysKnown();
    }

    [Theory]
    [MemberData(nameof(Throttles))]
    public async Task Hits_are_counted(string place)
    {
        Case row = Cases[place];
        FakeTime time = new();
        ConfigurationSnapshot snapshot = Site.Snapshot(("metermaid.cnf", _ => $"[TABLE=t]\n{row.Get("table").Replace(" ; ", "\n", StringComparison.Ordinal)}\n"));
        ThrottleTables tables = new(() => snapshot.Throttles, new MemoryThrottleStore(time));
        int number = 0;
        foreach (string[] hit in row.Get("hits").Split(" ; ").Select(h => h.Split(' ')))
        {
            number++;
            time.Advance(TimeSpan.FromSeconds(int.Parse(hit[0], CultureInfo.InvariantCulture)));
            Assert.True(hit[2] == Text(await tables.CountAsync($"t,{hit[1]}", TestContext.Current.CancellationToken)), $"{place}: hit {number}");
        }

        row.AssertAllKeysKnown();
    }

    [Fact]
    public void Every_routine_has_a_case()
    {
        string[] asked = [.. Cases.Values.Select(c => c.Find("ask")?.Split(',')[0]).OfType<string>(), CalloutRoutines.Throttle, CalloutRoutines.Greylist];
        Assert.Equal(CalloutRoutines.All.Select(r => r.Name).Order(StringComparer.Ordinal), asked.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    private static ScriptedDns Dns(Case row)
    {
        ScriptedDns dns = new();
        foreach ((string name, string records) in Records(row, "a")) dns.Host(name, records.Split(' '));
        foreach ((string name, string records) in Records(row, "txt")) dns.Text(name, records);
        foreach ((string name, string records) in Records(row, "mx")) dns.Mx(name, records);
        return dns;
    }

    private static IEnumerable<(string Name, string Records)> Records(Case row, string type) =>
        from record in (row.Find(type) ?? "").Split(" ; ", StringSplitOptions.RemoveEmptyEntries)
        let blank = record.IndexOf(' ', StringComparison.Ordinal)
        select (record[..blank], record[(blank + 1)..]);

    private static string Text(CalloutAnswer? answer) => answer switch
    {
        CalloutAnswer.Success success => success.Text.Length == 0 ? "yes" : $"yes {success.Text}",
        CalloutAnswer.Failure => "no",
        CalloutAnswer.Unavailable => "unavailable",
        _ => "open",
    };
}
