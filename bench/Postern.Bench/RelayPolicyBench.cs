using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;

namespace Postern.Bench;

/// <summary>The table that keeps strangers from relaying, as every site has it.</summary>
internal static class RelayPolicyBench
{
    private static readonly string[] Entries =
    [
        "tcp_local|*|tcp_local|*  $NRelaying$ not$ permitted", "tcp_*|*|native|*  $N", "tcp_*|*|hold|*  $N", "tcp_*|*|pipe|*  $N", "tcp_*|*|ims-ms|*  $N",
        "tcp_*|tcp_lmtpcs*|*  $N", "tcp_local|*|tcp_intranet|@*:*.*  $N$D30|Explicit$ routing$ not$ allowed",
        "tcp_local|*|tcp_intranet|*$%*@*  $N$D30|Explicit$ routing$ not$ allowed", "tcp_local|*|tcp_intranet|*.*!*@*  $N$D30|Explicit$ routing$ not$ allowed",
        "tcp_local|*|tcp_intranet|\"*@*\"@*  $N$D30|Explicit$ routing$ not$ allowed",
    ];

    private static readonly (string Name, string Probe)[] Probes =
    [
        ("first entry", "tcp_local|sender@some.example.net|tcp_local|victim@other.example.org"),
        ("entry 8, percent hack", "tcp_local|sender@some.example.net|tcp_intranet|victim%other.example@in.corp.example"),
        ("last entry", "tcp_local|sender@some.example.net|tcp_intranet|\"victim@other.example\"@in.corp.example"),
        ("no entry, inbound mail", "tcp_local|sender@some.example.net|l|user.name@example.com"),
        ("no entry, outbound mail", "tcp_intranet|user.name@example.com|tcp_local|friend@some.example.net"),
    ];

    public static void Run(TextWriter output)
    {
        MappingSet set = MappingText.Load(Entries);
        MappingTable table = set.Find("T")!;
        SequentialEntryMatcher sequential = new(table.Entries);
        MappingContext context = new(set, InputFlags.None, CalloutAnswers.Empty, () => 0.5);
        output.WriteLine("| probe | find the entry | bytes | flags only | bytes | whole evaluation | bytes | one pattern after the other | bytes |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach ((string name, string probe) in Probes)
        {
            Measurement find = Measurement.Of(() => table.Matcher.First(probe, 0).Index);
            Measurement flags = Measurement.Of(() => MappingEvaluator.TryFlags(table, probe, out _, out _) ? 1 : 0);
            Measurement whole = Measurement.Of(() => MappingEvaluator.Map(table, probe, context) is MappingResult.Match ? 1 : 0);
            Measurement plain = Measurement.Of(() => sequential.First(probe, 0).Index);
            output.WriteLine($"| {name} | {find} | {flags} | {whole} | {plain} |");
        }
    }
}
