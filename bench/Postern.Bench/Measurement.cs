using System.Diagnostics;

namespace Postern.Bench;

/// <summary>Time and memory of one call: the median of several runs after a warm-up.</summary>
internal readonly record struct Measurement(double Nanoseconds, double Bytes)
{
    private const int Runs = 9;
    private static readonly TimeSpan LeastRun = TimeSpan.FromMilliseconds(25);

    public static Measurement Of(Func<int> call)
    {
        // Long enough for the runtime to have compiled the path in its last form.
        long calls = 1;
        TimeSpan warm = TimeSpan.FromMilliseconds(300);
        for (Stopwatch watch = Stopwatch.StartNew(); watch.Elapsed < warm;)
            call();

        while (Time(call, calls).Elapsed < LeastRun)
            calls *= 2;

        (TimeSpan Elapsed, long Bytes)[] runs = [.. Enumerable.Range(0, Runs).Select(_ => Time(call, calls)).OrderBy(r => r.Elapsed)];
        return new Measurement(runs[Runs / 2].Elapsed.TotalNanoseconds / calls, runs.Min(r => r.Bytes) / (double)calls);
    }

    public override string ToString() => $"{Format(Nanoseconds)} | {Bytes:0.##}";

    public static string Format(double nanoseconds) => nanoseconds switch
    {
        < 10_000 => $"{nanoseconds:0} ns",
        < 10_000_000 => $"{nanoseconds / 1000:0.0} µs",
        _ => $"{nanoseconds / 1_000_000:0.0} ms",
    };

    private static (TimeSpan Elapsed, long Bytes) Time(Func<int> call, long calls)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Stopwatch watch = Stopwatch.StartNew();
        int sum = 0;
        for (long i = 0; i < calls; i++)
            sum += call();

        watch.Stop();
        GC.KeepAlive(sum);
        return (watch.Elapsed, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
