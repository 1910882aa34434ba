using System.Net;
using Postern.Bench.Beside;
using Postern.Bench.Load;

namespace Postern.Bench;

/// <summary>One message of 100 MB, in and out: the anonymous memory it takes beyond what the server had.</summary>
internal static class LargeMessageBench
{
    private const int Size = 100 << 20;

    public static void Run(TextWriter output)
    {
        output.WriteLine("| 100 MB | memory before | most while it was taken and sent on | extra |");
        output.WriteLine("| --- | ---: | ---: | ---: |");
        output.WriteLine(Measure(sink => new PosternServer(sink)));
        if (PostfixServer.IsInstalled) output.WriteLine(Measure(sink => new PostfixServer(sink)));
    }

    private static string Measure(Func<int, IMailServer> start)
    {
        using NumberedSink sink = new(3);
        using IMailServer server = start(sink.Port);
        Send(server, sink, 4096, 0);
        long before = server.Processes.Anonymous();
        long most = before;
        using CancellationTokenSource done = new();
        Thread watcher = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                most = Math.Max(most, server.Processes.Anonymous());
                Thread.Sleep(10);
            }
        });
        watcher.Start();
        Send(server, sink, Size, 1);
        done.Cancel();
        watcher.Join();
        return $"| {server.Name} | {Mebibytes(before)} | {Mebibytes(most)} | {Mebibytes(most - before)} |";
    }

    private static string Mebibytes(long octets) => $"{octets / 1048576.0:N1} MiB";

    private static void Send(IMailServer server, NumberedSink sink, int size, int number)
    {
        byte[] content = AcceptBench.Content(size, number);
        using SmtpPeer peer = new(IPAddress.Loopback, server.Port);
        peer.Say("EHLO client.example.com\r\n"u8, 2);
        AcceptBench.SendOne(peer, content);
        peer.Say("QUIT\r\n"u8, 2);
        while (sink.Arrivals[number] == 0) Thread.Sleep(5);
    }
}
