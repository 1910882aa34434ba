using Postern.Mapping.Automata;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;

namespace Postern.Bench;

/// <summary>Tables and probes made to be slow.</summary>
internal static class WorstCaseBench
{
    private static readonly (string Name, string[] Patterns, string Probe)[] Cases =
    [
        ("`*a*a*a*a*b`, 4,000 `a`", ["*a*a*a*a*b"], new string('a', 4000)),
        ("`*a*a*a*a*b`, 4,000 `a` and a `b`", ["*a*a*a*a*b"], new string('a', 4000) + "b"),
        ("10,000 times `*x`, 4,000 `x` and a `y`", [.. Enumerable.Repeat("*x", 10_000)], new string('x', 4000) + "y"),
        ("10,000 entries `*xN`, 4,000 characters", [.. Enumerable.Range(0, 10_000).Select(i => $"*x{i}")], string.Concat(Enumerable.Repeat("x123456789", 400))),
        ("`*a%%%%%%%%%%%%%%%%%%%`, a million states", ["*a" + new string('%', 19)], new Random(1).GetString("ab", 4000)),
        ("back match over its step limit", ["******-$0*x!"], new string('a', 72) + "-bx!"),
        ("1,000 IPv6 networks, no hit", [.. Enumerable.Range(0, 1000).Select(i => $"${{2001:db8:{i:x}::/48}}")], "2001:db8:ffff::1"),
    ];

    public static void Run(TextWriter output)
    {
        output.WriteLine("| case | nodes | steps | states known | bytes | no states kept | bytes | one pattern after the other |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach ((string name, string[] written, string probe) in Cases)
        {
            MappingTable table = MappingText.Load(written.Select(w => w + "  $N")).Find("T")!;
            TableAutomaton forgetful = new([.. table.Entries.Select(e => e.Pattern)], cacheBytes: 0);
            SequentialEntryMatcher sequential = new(table.Entries);
            Measurement known = Measurement.Of(() => table.Matcher.First(probe, 0).Index);
            Measurement uncached = Measurement.Of(() => forgetful.First(probe, 0).Index);
            Measurement plain = Measurement.Of(() => sequential.First(probe, 0).Index);
            output.WriteLine($"| {name} | {forgetful.Nodes} | {forgetful.Steps(probe)} | {known} | {uncached} | {Measurement.Format(plain.Nanoseconds)} |");
        }
    }
}
