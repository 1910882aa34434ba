using System.Globalization;
using System.Runtime.InteropServices;
using Postern.Bench;

// Prints the tables of bench/RESULTS.md. Arguments: names of benchmarks; none means all.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
(string Name, Action<TextWriter> Run)[] benchmarks =
[
    ("seed", RelayPolicyBench.Run),
    ("shapes", TableShapeBench.Run),
    ("worst", WorstCaseBench.Run),
    ("alternatives", AlternativesBench.Run),
    ("queue", QueueBench.Run),
    ("rewrite", RewriteBench.Run),
    ("refusals", RefusalBench.Run),
    ("sessions", SessionBench.Run),
    ("accept", AcceptBench.Run),
    ("through", ThroughBench.Run),
    ("large", LargeMessageBench.Run),
    ("idle", IdleBench.Run),
];
Console.WriteLine($"{DateTime.UtcNow:yyyy-MM-dd}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} processors");
foreach ((string name, Action<TextWriter> run) in benchmarks)
{
    if (args.Length > 0 && !args.Contains(name))
        continue;

    Console.WriteLine();
    Console.WriteLine($"## {name}");
    Console.WriteLine();
    run(Console.Out);
}
