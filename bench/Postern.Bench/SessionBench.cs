using System.Net;
using Postern.Bench.Beside;
using Postern.Bench.Load;

namespace Postern.Bench;

/// <summary>Connect, EHLO, QUIT: what a client costs that wants nothing.</summary>
internal static class SessionBench
{
    private const int Sessions = 20;

    public static void Run(TextWriter output)
    {
        output.WriteLine(Alternation.Head);
        List<IMailServer> servers = [new PosternServer(Daemon.FreePort())];
        try
        {
            if (PostfixServer.IsInstalled) servers.Add(new PostfixServer(Daemon.FreePort()));
            if (SinkProgram.IsInstalled) servers.Add(new SinkProgram());
            output.WriteLine(Alternation.Row("connect, EHLO, QUIT", servers, (server, time) => Sample.Take(server, Sessions, time, (i, over) => Greet(server, i, over))));
        }
        finally
        {
            Alternation.DisposeAll(servers);
        }
    }

    private static long Greet(IMailServer server, int session, Func<bool> isOver)
    {
        IPAddress source = new([127, 0, 1, (byte)(session + 1)]);
        long sessions = 0;
        for (; !isOver(); sessions++)
        {
            using SmtpPeer peer = new(source, server.Port);
            peer.Say("EHLO client.example.net\r\n"u8, 2);
            peer.Say("QUIT\r\n"u8, 2);
        }

        return sessions;
    }
}
