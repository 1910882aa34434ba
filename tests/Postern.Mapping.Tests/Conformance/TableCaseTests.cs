using System.Globalization;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Conformance;

public sealed class TableCaseTests
{
    // The tables that every case knows; they stand in a file of their own so that line numbers of the case are its own.
    private const string KnownTables = """

        INTERNAL_IP

          $(10.0.0.0/8)  $Y
          127.0.0.1      $Y
          *              $N

        UP

          *  $^$0$Y

        """;

    public static TheoryData<string> Names => new(CaseFiles.Tables.Select(c => c.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Table_answers_as_the_case_says(string name)
    {
        ConformanceCase given = CaseFiles.Tables.Single(c => c.Name == name);
        List<Diagnostic> diagnostics = [];
        MappingSet set = Load(given, diagnostics);
        string found = string.Join('\n', diagnostics);

        if (given["entry"] is null)
            Assert.True(string.Join('\n', given.All("diagnostic")) == found, $"{given}\ngot:\n{found}");
        else
            Assert.False(diagnostics.Exists(d => d.IsError), $"{given}\n{found}");

        if (given["input"] is not { } input)
            return;

        MappingTable table = set.Find(given["table"] ?? "T") ?? throw new InvalidDataException($"{given}: no such table");
        CaseCallouts callouts = new(given);
        string result = Describe(callouts.Map(table, input, Context(given, set)), table);
        Assert.True(Wanted(given) == result, $"{given}\nwanted:\n{Wanted(given)}\ngot:\n{result}\n{found}");
        Assert.True(given.All("asked").SequenceEqual(given["asked"] is null ? [] : callouts.Asked), $"{given}\nasked:\n{string.Join('\n', callouts.Asked)}");
    }

    private static MappingSet Load(ConformanceCase given, List<Diagnostic> diagnostics)
    {
        Dictionary<string, string> files = given.StartingWith("file ").ToDictionary(f => f.Key["file ".Length..], f => f.Value);
        if (given["entry"] is not null)
        {
            files["mappings"] = "T\n\n" + string.Concat(given.All("entry").Select(e => $"  {e}\n")) + "\n<known\n";
            files["known"] = KnownTables;
        }

        MappingOptions options = MappingOptions.Default with { StrictLimits = given["strict limits"] is "yes" };
        options = options with { Routines = options.Routines.Union(["throttle", "dnsv", "dns_verify", "echo", "list"]), SilentRoutines = options.SilentRoutines.Add("list") };
        foreach (string text in given.All("text").Concat(["joe => jdoe@eng.example", "fl => $Nblocked$ $0"]))
        {
            string[] pair = text.Split(" => ");
            options = options with { GeneralText = options.GeneralText.SetItem(pair[0], pair[1]) };
        }

        return MappingSet.Load(new MemoryFiles(files), "mappings", options, diagnostics);
    }

    private static MappingContext Context(ConformanceCase given, MappingSet set)
    {
        Queue<double> random = new((given["random"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(x => double.Parse(x, CultureInfo.InvariantCulture)));
        return new MappingContext(set, InputFlags.Parse(given["input flags"] ?? ""), CalloutAnswers.Empty, () => random.TryDequeue(out double x) ? x : 0.5)
        {
            UnavailableFailsEntry = given["unavailable fails"] is "yes",
        };
    }

    private static string Wanted(ConformanceCase given) => given["result"] switch
    {
        "match" => $"match\nhit {given["hit"]}\noutput {given["output"]}\nflags {given["output flags"]}\npasses {given["passes"] ?? "1"}"
            + string.Concat(given.Fields().Select(f => "\n" + f)),
        "all failed" => $"all failed\nhit {given["hit"]}" + string.Concat(given.Fields().Select(f => "\n" + f)),
        var other => other ?? "",
    };

    private static string Describe(MappingResult result, MappingTable table) => result switch
    {
        MappingResult.Match { AllFailed: true } match => $"all failed\nhit {Number(match.Hit, table)}" + string.Concat(match.Captures.Select(c => "\n" + c)),
        MappingResult.Match match => $"match\nhit {Number(match.Hit, table)}\noutput {match.Output}\nflags {match.Flags}\npasses {match.Passes}"
            + string.Concat(match.Captures.Select(c => "\n" + c)),
        MappingResult.NoMatch => "no match",
        MappingResult.Fault fault => $"fault: {fault.Reason}",
        _ => result.ToString(),
    };

    private static int Number(RuleHit? hit, MappingTable table) => table.Entries.IndexOf(hit!.Value.Entry) + 1;
}
