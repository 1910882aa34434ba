using System.Diagnostics;
using Postern.Bench.Beside;

namespace Postern.Bench.Load;

/// <summary>What one server did in one run.</summary>
/// <param name="Rate">operations a second.</param>
/// <param name="Cpu">processor time of the server for one operation.</param>
internal readonly record struct Sample(double Rate, TimeSpan Cpu)
{
    /// <summary>Runs sessions side by side, each on a thread, until the time is over.</summary>
    /// <param name="session">given its number and whether to stop, returns how many operations it did.</param>
    public static Sample Take(IMailServer server, int sessions, TimeSpan time, Func<int, Func<bool>, long> session)
    {
        long operations = 0;
        List<Exception> faults = [];
        TimeSpan before = server.Processes.Cpu();
        Stopwatch clock = Stopwatch.StartNew();
        Thread[] threads = [.. Enumerable.Range(0, sessions).Select(i => new Thread(() =>
        {
            try
            {
                Interlocked.Add(ref operations, session(i, () => clock.Elapsed >= time));
            }
            catch (Exception e)
            {
                lock (faults) faults.Add(e);
            }
        }, maxStackSize: 256 * 1024))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        clock.Stop();
        if (faults.Count > 0) throw new InvalidOperationException($"{server.Name}: {faults[0].Message}", faults[0]);
        return new Sample(operations / clock.Elapsed.TotalSeconds, (server.Processes.Cpu() - before) / operations);
    }

    public static Sample Median(IEnumerable<Sample> samples)
    {
        Sample[] all = [.. samples];
        return new Sample(all.Select(s => s.Rate).Order().ElementAt(all.Length / 2), all.Select(s => s.Cpu).Order().ElementAt(all.Length / 2));
    }
}
