using System.Net;
using Postern.Bench.Beside;
using Postern.Bench.Load;

namespace Postern.Bench;

/// <summary>Clients that have said EHLO and say nothing more: the anonymous memory each of them takes.</summary>
internal static class IdleBench
{
    private const int Connections = 5000;

    /// <summary>A process each; more would measure the machine.</summary>
    private const int PostfixConnections = 500;

    public static void Run(TextWriter output)
    {
        output.WriteLine("| idle connections | memory before | with them | each |");
        output.WriteLine("| --- | ---: | ---: | ---: |");
        output.WriteLine(Measure(new PosternServer(Daemon.FreePort()), Connections));
        if (PostfixServer.IsInstalled) output.WriteLine(Measure(new PostfixServer(Daemon.FreePort()), PostfixConnections));
    }

    private static string Measure(IMailServer started, int count)
    {
        using IMailServer server = started;
        List<SmtpPeer> peers = [];
        try
        {
            // A first lot, closed again: what the server keeps from then on is not the price of a connection.
            Open(server, peers, count / 10);
            Close(peers);
            Thread.Sleep(1000);
            long before = server.Processes.Anonymous();
            Open(server, peers, count);
            Thread.Sleep(2000);
            long with = server.Processes.Anonymous();
            return $"| {server.Name}, {count:N0} | {before / 1048576.0:N1} MiB | {with / 1048576.0:N1} MiB | {(with - before) / 1024.0 / count:N1} KiB |";
        }
        finally
        {
            Close(peers);
        }
    }

    private static void Open(IMailServer server, List<SmtpPeer> peers, int count)
    {
        for (int i = 0; i < count; i++)
        {
            SmtpPeer peer = new(new IPAddress([127, 0, (byte)(2 + (i / 200)), (byte)(1 + (i % 200))]), server.Port);
            peers.Add(peer);
            peer.Say("EHLO client.example.net\r\n"u8, 2);
        }
    }

    private static void Close(List<SmtpPeer> peers)
    {
        foreach (SmtpPeer peer in peers) peer.Dispose();
        peers.Clear();
    }
}
