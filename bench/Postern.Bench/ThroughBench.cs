using System.Diagnostics;
using System.Net;
using Postern.Bench.Beside;
using Postern.Bench.Load;

namespace Postern.Bench;

/// <summary>
/// End to end: taken, queued, delivered to a next hop. First as many as go, until the last has arrived; then at a rate that both servers
/// can keep up with, for the time from the 250 to the next hop. POSTERN_BENCH_MESSAGES sets how many (5,000).
/// </summary>
internal static class ThroughBench
{
    private const int Sessions = 20;
    private const int Size = 4096;
    private const int PacedRate = 200;

    public static void Run(TextWriter output)
    {
        int messages = BenchSettings.Messages(5000);
        List<Func<int, IMailServer>> servers = [sink => new PosternServer(sink)];
        if (PostfixServer.IsInstalled) servers.Add(sink => new PostfixServer(sink));
        Dictionary<string, List<Passage>> passages = [];
        for (int round = 0; round < BenchSettings.Rounds; round++)
        {
            foreach (Func<int, IMailServer> start in servers)
            {
                (string name, Passage passage) = Measure(start, messages);
                if (!passages.TryGetValue(name, out List<Passage>? of)) passages[name] = of = [];
                of.Add(passage);
            }
        }

        output.WriteLine("| | messages/s | processor time for 1,000 messages | 250 to next hop, p50 | p99 |");
        output.WriteLine("| --- | ---: | ---: | ---: | ---: |");
        foreach ((string name, List<Passage> of) in passages)
            output.WriteLine($"| {name} | {Median(of, p => p.Rate):N0} | {Median(of, p => p.CpuMilliseconds):N0} ms | {Median(of, p => p.P50):N1} ms | {Median(of, p => p.P99):N1} ms |");
        if (!passages.TryGetValue("Postfix", out List<Passage>? postfix)) return;
        List<Passage> postern = passages["Postern"];
        output.WriteLine($"| times, share | {Median(postern, p => p.Rate) / Median(postfix, p => p.Rate):0.0} | 1/{Median(postfix, p => p.CpuMilliseconds) / Median(postern, p => p.CpuMilliseconds):0.0} | 1/{Median(postfix, p => p.P50) / Median(postern, p => p.P50):0.0} | 1/{Median(postfix, p => p.P99) / Median(postern, p => p.P99):0.0} |");
    }

    private static double Median(List<Passage> passages, Func<Passage, double> of) => passages.Select(of).Order().ElementAt(passages.Count / 2);

    private static (string Name, Passage Passage) Measure(Func<int, IMailServer> start, int messages)
    {
        int paced = (int)(PacedRate * BenchSettings.Run.TotalSeconds);
        int warm = messages / 2;
        using NumberedSink sink = new(warm + messages + paced);
        using IMailServer server = start(sink.Port);
        Push(server, sink, 0, warm);
        TimeSpan before = server.Processes.Cpu();
        Stopwatch clock = Stopwatch.StartNew();
        Push(server, sink, warm, messages);
        clock.Stop();
        TimeSpan cpu = server.Processes.Cpu() - before;
        double[] latencies = Pace(server, sink, warm + messages, paced);
        return (server.Name, new Passage(messages / clock.Elapsed.TotalSeconds, cpu.TotalMilliseconds * 1000 / messages, latencies[latencies.Length / 2], latencies[latencies.Length * 99 / 100]));
    }

    /// <summary>Sends as fast as it goes and waits for the last arrival.</summary>
    private static void Push(IMailServer server, NumberedSink sink, int first, int count)
    {
        int next = first - 1;
        InParallel(Sessions, _ =>
        {
            using SmtpPeer peer = new(IPAddress.Loopback, server.Port);
            peer.Say("EHLO client.example.com\r\n"u8, 2);
            while (Interlocked.Increment(ref next) is var number && number < first + count) AcceptBench.SendOne(peer, AcceptBench.Content(Size, number));
            peer.Say("QUIT\r\n"u8, 2);
        });
        Await(sink, first + count, server.Name);
    }

    /// <summary>Milliseconds from the 250 to the next hop, in order.</summary>
    private static double[] Pace(IMailServer server, NumberedSink sink, int first, int count)
    {
        long[] accepted = new long[count];
        int next = -1;
        Stopwatch clock = Stopwatch.StartNew();
        InParallel(Sessions, _ =>
        {
            using SmtpPeer peer = new(IPAddress.Loopback, server.Port);
            peer.Say("EHLO client.example.com\r\n"u8, 2);
            while (Interlocked.Increment(ref next) is var i && i < count)
            {
                TimeSpan due = TimeSpan.FromSeconds((double)i / PacedRate);
                if (due > clock.Elapsed) Thread.Sleep(due - clock.Elapsed);
                AcceptBench.SendOne(peer, AcceptBench.Content(Size, first + i));
                accepted[i] = Stopwatch.GetTimestamp();
            }

            peer.Say("QUIT\r\n"u8, 2);
        });
        Await(sink, first + count, server.Name);
        return [.. Enumerable.Range(0, count).Select(i => Math.Max(0, Stopwatch.GetElapsedTime(accepted[i], sink.Arrivals[first + i]).TotalMilliseconds)).Order()];
    }

    private static void Await(NumberedSink sink, long count, string name)
    {
        long last = -1;
        for (Stopwatch idle = Stopwatch.StartNew(); sink.Arrived < count; Thread.Sleep(1))
        {
            if (sink.Arrived != last) idle.Restart();
            last = sink.Arrived;
            if (idle.Elapsed > TimeSpan.FromSeconds(60)) throw new InvalidOperationException($"{name}: {last} of {count} messages came through");
        }
    }

    private static void InParallel(int threads, Action<int> run)
    {
        List<Exception> faults = [];
        Thread[] all = [.. Enumerable.Range(0, threads).Select(i => new Thread(() =>
        {
            try
            {
                run(i);
            }
            catch (Exception e)
            {
                lock (faults) faults.Add(e);
            }
        }, maxStackSize: 256 * 1024))];
        foreach (Thread thread in all) thread.Start();
        foreach (Thread thread in all) thread.Join();
        if (faults.Count > 0) throw new InvalidOperationException(faults[0].Message, faults[0]);
    }

    private readonly record struct Passage(double Rate, double CpuMilliseconds, double P50, double P99);
}
