using System.Diagnostics;

namespace Postern.Bench;

/// <summary>A Postfix lookup table asked through <c>postmap -q -</c>; the time of one query is what more queries take longer, over their number.</summary>
internal static class PostfixTable
{
    private const string Program = "/usr/sbin/postmap";
    private const int MostQueries = 1_000_000;
    private const double LeastNanoseconds = 1e8;

    /// <summary>One cell a probe: the time per query, or a dash where postmap is not installed.</summary>
    public static IEnumerable<string> PerQuery(TableShape shape, int size, string[] probes)
    {
        if (!File.Exists(Program))
            return probes.Select(_ => "-");

        string directory = Directory.CreateTempSubdirectory("postern-bench").FullName;
        try
        {
            string path = Path.Combine(directory, "table");
            File.WriteAllLines(path, Enumerable.Range(0, size).Select(shape.PostfixEntry));
            if (shape.PostfixType == "hash")
                Ask($"hash:{path}", query: false, []);

            return [.. probes.Select(p => Measurement.Format(Nanoseconds($"{shape.PostfixType}:{path}", p)))];
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // So many queries that they take a good part of the time, however long the table takes to open.
    private static double Nanoseconds(string table, string probe)
    {
        double alone = Median(() => Ask(table, query: true, [probe]));
        string[] many = [];
        double together = alone;
        for (int queries = 10; queries <= MostQueries && together - alone < Math.Max(LeastNanoseconds, alone); queries *= 4)
        {
            many = [.. Enumerable.Repeat(probe, queries)];
            together = Ask(table, query: true, many).TotalNanoseconds;
        }

        return Math.Max(0, Median(() => Ask(table, query: true, many)) - alone) / (many.Length - 1);
    }

    private static double Median(Func<TimeSpan> run) => Enumerable.Range(0, 3).Select(_ => run().TotalNanoseconds).Order().ElementAt(1);

    private static TimeSpan Ask(string table, bool query, string[] probes)
    {
        ProcessStartInfo start = new(Program) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        if (query)
        {
            start.ArgumentList.Add("-q");
            start.ArgumentList.Add("-");
        }

        start.ArgumentList.Add(table);
        string input = string.Concat(probes.Select(p => p + "\n"));
        Stopwatch watch = Stopwatch.StartNew();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException("postmap does not start");
        Task<string> answers = process.StandardOutput.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        answers.Wait();
        return watch.Elapsed;
    }
}
