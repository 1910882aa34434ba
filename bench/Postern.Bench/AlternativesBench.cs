using System.Diagnostics;
using System.Text.RegularExpressions;
using Postern.Mapping.Tables;

namespace Postern.Bench;

/// <summary>What else could find the deciding entry (docs/decisions/0004-table-automaton.md).</summary>
internal static class AlternativesBench
{
    public static void Run(TextWriter output)
    {
        output.WriteLine("| wildcard entries, hit last | automaton | one pattern after the other | one .NET expression, NonBacktracking | its construction and first probe |");
        output.WriteLine("| ---: | ---: | ---: | ---: | ---: |");
        TableShape shape = TableShape.All[1];
        foreach (int size in new[] { 10, 100, 1_000 })
        {
            MappingTable table = MappingText.Load(Enumerable.Range(0, size).Select(i => shape.Entry(i) + "  $N")).Find("T")!;
            SequentialEntryMatcher sequential = new(table.Entries);
            string probe = shape.Probe(size - 1);
            Stopwatch watch = Stopwatch.StartNew();
            string alternatives = string.Join('|', Enumerable.Range(0, size).Select(i => $"(?:tcp_local\\|.*@domain{i}\\|.*\\|.*)"));
            Regex regex = new($"\\A(?:{alternatives})\\z", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline);
            bool matched = regex.IsMatch(probe);
            watch.Stop();
            string expression = matched ? Measurement.Format(Measurement.Of(() => regex.IsMatch(probe) ? 1 : 0).Nanoseconds) : "no match";
            Measurement compiled = Measurement.Of(() => table.Matcher.First(probe, 0).Index);
            Measurement plain = Measurement.Of(() => sequential.First(probe, 0).Index);
            output.WriteLine($"| {size} | {Measurement.Format(compiled.Nanoseconds)} | {Measurement.Format(plain.Nanoseconds)} | {expression} | {watch.Elapsed.TotalMilliseconds:0} ms |");
        }
    }
}
