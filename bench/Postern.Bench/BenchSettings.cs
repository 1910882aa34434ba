using System.Globalization;

namespace Postern.Bench;

/// <summary>How long the measurements beside other servers take, from the environment.</summary>
internal static class BenchSettings
{
    /// <summary>POSTERN_BENCH_SECONDS: one run of one server (5).</summary>
    public static TimeSpan Run => TimeSpan.FromSeconds(Number("POSTERN_BENCH_SECONDS", 5));

    /// <summary>POSTERN_BENCH_ROUNDS: runs of each server, in turns; their median counts (3).</summary>
    public static int Rounds => (int)Number("POSTERN_BENCH_ROUNDS", 3);

    /// <summary>POSTERN_BENCH_ALONE=1: no other server beside Postern, for a profiler.</summary>
    public static bool IsAlone => Number("POSTERN_BENCH_ALONE", 0) != 0;

    /// <summary>POSTERN_BENCH_PROGRAM: a packaged postern in place of the one built here.</summary>
    public static string? Program => Environment.GetEnvironmentVariable("POSTERN_BENCH_PROGRAM") is { Length: > 0 } program ? program : null;

    /// <summary>POSTERN_BENCH_DIRECTORY: on which disk queues are made.</summary>
    public static string Root => Environment.GetEnvironmentVariable("POSTERN_BENCH_DIRECTORY") is { Length: > 0 } disk ? disk : Path.GetTempPath();

    /// <summary>POSTERN_BENCH_MESSAGES, for benchmarks that count messages.</summary>
    public static int Messages(int otherwise) => (int)Number("POSTERN_BENCH_MESSAGES", otherwise);

    private static double Number(string name, double otherwise) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double given) ? given : otherwise;
}
