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
            (string expression, string construction) = OneExpression(shape, size, probe);
            Measurement compiled = Measurement.Of(() => table.Matcher.First(probe, 0).Index);
            Measurement plain = Measurement.Of(() => sequential.First(probe, 0).Index);
            output.WriteLine($"| {size} | {Measurement.Format(compiled.Nanoseconds)} | {Measurement.Format(plain.Nanoseconds)} | {expression} | {construction} |");
        }
    }

    private static (string PerProbe, string Construction) OneExpression(TableShape shape, int size, string probe)
    {
        Stopwatch watch = Stopwatch.StartNew();
        string alternatives = string.Join('|', Enumerable.Range(0, size).Select(i => $"(?:tcp_local\\|.*@domain{i}\\|.*\\|.*)"));
        Regex regex;
        try
        {
            regex = new($"\\A(?:{alternatives})\\z", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline);
        }
        catch (NotSupportedException)
        {
            return ("refused: too large", "-");
        }

        bool matched = regex.IsMatch(probe);
        watch.Stop();
        return matched
            ? (Measurement.Format(Measurement.Of(() => regex.IsMatch(probe) ? 1 : 0).Nanoseconds), $"{watch.Elapsed.TotalMilliseconds:0} ms")
            : throw new InvalidOperationException("the expression does not match");
    }
}
