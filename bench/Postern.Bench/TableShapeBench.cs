using System.Diagnostics;
using Postern.Mapping.Tables;

namespace Postern.Bench;

/// <summary>How the cost of a probe grows with the table, beside Postfix tables of the same content where postmap is installed.</summary>
internal static class TableShapeBench
{
    private static readonly int[] Sizes = [10, 1_000, 10_000, 100_000];

    public static void Run(TextWriter output)
    {
        output.WriteLine("| table | entries | hit first | bytes | hit last | bytes | no hit | bytes | spread, states unknown | load | of it automaton | postmap | hit first | hit last | no hit |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |");
        foreach (TableShape shape in TableShape.All)
        {
            foreach (int size in Sizes)
                output.WriteLine(Row(shape, size));
        }
    }

    private static string Row(TableShape shape, int size)
    {
        string[] entries = [.. Enumerable.Range(0, size).Select(i => shape.Entry(i) + "  $N")];
        Stopwatch load = Stopwatch.StartNew();
        MappingTable table = MappingText.Load(entries).Find("T")!;
        load.Stop();
        Stopwatch build = Stopwatch.StartNew();
        Postern.Mapping.Automata.TableAutomaton automaton = new([.. table.Entries.Select(e => e.Pattern)], cacheBytes: 0);
        build.Stop();

        string cells = "";
        foreach (string probe in Probes(shape, size))
            cells += $"{Measurement.Of(() => table.Matcher.First(probe, 0).Index)} | ";

        // Every probe another entry, and no state remembered: what a probe costs that no one asked before.
        string[] spread = [.. Enumerable.Range(0, 1000).Select(i => shape.Probe((int)(i * 7919L % size)))];
        int next = 0;
        Measurement unknown = Measurement.Of(() => automaton.First(spread[next++ % spread.Length], 0).Index);

        string postmap = string.Join(" | ", PostfixTable.PerQuery(shape, size, Probes(shape, size)));
        return $"| {shape.Name} | {size} | {cells}{Measurement.Format(unknown.Nanoseconds)} | {load.Elapsed.TotalMilliseconds:0} ms | {build.Elapsed.TotalMilliseconds:0} ms | {shape.PostfixType} | {postmap} |";
    }

    private static string[] Probes(TableShape shape, int size) => [shape.Probe(0), shape.Probe(size - 1), shape.Probe(-1)];
}
