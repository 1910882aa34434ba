using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Mapping.Tests.Conformance;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Tables;

/// <summary>An entry that is said never to match does not match, whatever is looked up.</summary>
public sealed class EntryReachPropertyTests
{
    private static readonly string[] Patterns =
        ["a", "b", "*", "%", "%*", "a*", "*a", "b*", "*|*", "a|*", "*|b", "$[ab]*", "$[a|]*", "$_*a*", "$@*b", "*|$0*", "aa", "ab*", "%%", "*b%", "$[b]%a", "$(1.1.1.0/24)"];

    private static readonly string[] Templates =
    [
        "$N", "$Y$E", "$C$:A$N$E", "$C$;A$N$E", "$Cb$0", "$Ca", "$C$0", "$Rb", "$R$0", "$L$0a", "$La", "$L$:A$0", "$:A$N", "$R$:Ab", "$E$:A$Cb", "$C$Eb", "${k}", "$C${k}$E",
        "$C$|U;$0|$Y$E", "$R$|U;$0|a", "$+1E$Cb", "$:A$Cb", "$C$L$0|", "$C$R$0",
    ];

    [Fact]
    public void Entry_said_to_be_dead_never_matches()
    {
        string[] probes = [.. Words(4), "1.1.1.9", "1.1.1.9a"];
        Random random = new(20261125);
        int dead = 0;
        for (int i = 0; i < 2000; i++)
        {
            (MappingSet set, HashSet<int> lines) = Load(random);
            if (lines.Count == 0)
                continue;

            dead += lines.Count;
            Matches matches = new(set.Find("T")!);
            foreach (string probe in probes)
            {
                MappingEvaluator.Map(set.Find("T")!, probe, new MappingContext(set, InputFlags.None, CalloutAnswers.Empty, () => 0.5), matches);
                MappingEvaluator.Map(set.Find("T")!, probe, new MappingContext(set, InputFlags.Parse("A"), CalloutAnswers.Empty, () => 0.5), matches);
            }

            foreach (MappingEntry entry in set.Find("T")!.Entries)
                Assert.False(lines.Contains(entry.Position.Line) && matches.Lines.Contains(entry.Position.Line), $"{entry} matched in\n{string.Join('\n', set.Find("T")!.Entries)}");
        }

        Assert.True(dead > 400, $"only {dead} dead entries");
    }

    private static (MappingSet Set, HashSet<int> Dead) Load(Random random)
    {
        string entries = string.Concat(Enumerable.Range(0, random.Next(2, 7)).Select(_ => $"  {Patterns[random.Next(Patterns.Length)]}  {Templates[random.Next(Templates.Length)]}\n"));
        List<Diagnostic> diagnostics = [];
        MappingOptions options = MappingOptions.Default;
        options = options with { GeneralText = options.GeneralText.Add("k", Templates[random.Next(Templates.Length)]) };
        MappingSet set = MappingSet.Load(new MemoryFiles("mappings", $"T\n\n{entries}\nU\n\n  a*  $Yb$0\n  b  $Y\n"), "mappings", options, diagnostics);
        return (set, [.. diagnostics.Where(d => d.Text.Contains("never matches", StringComparison.Ordinal)).Select(d => d.Line)]);
    }

    private static IEnumerable<string> Words(int longest) =>
        longest == 0 ? [""] : Words(longest - 1).SelectMany(w => new[] { w, w + "a", w + "b", w + "|" }).Distinct();

    private sealed class Matches(MappingTable table) : IMappingTrace
    {
        public HashSet<int> Lines { get; } = [];

        public void Add(MappingStep step)
        {
            if (step is MappingStep.Matched matched && matched.Hit.Table == table)
                Lines.Add(matched.Hit.Position.Line);
        }
    }
}
