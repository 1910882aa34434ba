using System.Net;
using System.Text;
using Postern.Bench.Beside;
using Postern.Bench.Load;

namespace Postern.Bench;

/// <summary>Strangers who try to relay: RCPT commands that the seed's table refuses, beside Postfix and its reject_unauth_destination.</summary>
internal static class RefusalBench
{
    private const int Sessions = 20;
    private const int Recipients = 50;
    private const int Groups = 50;

    public static void Run(TextWriter output)
    {
        output.WriteLine(Alternation.Head);
        List<IMailServer> servers = [new PosternServer(Daemon.FreePort())];
        try
        {
            if (PostfixServer.IsInstalled) servers.Add(new PostfixServer(Daemon.FreePort()));
            output.WriteLine(Alternation.Row("RCPT refused, PIPELINING", servers, (server, time) => Sample.Take(server, Sessions, time, (i, over) => Relay(server, i, over, pipelined: true))));
            output.WriteLine(Alternation.Row("RCPT refused, one by one", servers, (server, time) => Sample.Take(server, Sessions, time, (i, over) => Relay(server, i, over, pipelined: false))));
        }
        finally
        {
            Alternation.DisposeAll(servers);
        }
    }

    private static long Relay(IMailServer server, int session, Func<bool> isOver, bool pipelined)
    {
        using SmtpPeer peer = new(new IPAddress([127, 0, 1, (byte)(session + 1)]), server.Port);
        peer.Say("EHLO client.example.net\r\n"u8, 2);
        long refused = 0;
        byte[][][] groups = [.. Enumerable.Range(0, Groups).Select(round => Group(session, round))];
        byte[][] packets = [.. groups.Select(group => group.SelectMany(command => command).ToArray())];
        for (int round = 0; !isOver(); round++)
        {
            byte[][] commands = groups[round % Groups];
            if (pipelined) peer.Send(packets[round % Groups]);
            for (int i = 0; i < commands.Length; i++)
            {
                if (!pipelined) peer.Send(commands[i]);
                peer.Expect(i == 0 || i == commands.Length - 1 ? 2 : 5);
            }

            refused += Recipients;
        }

        peer.Say("QUIT\r\n"u8, 2);
        return refused;
    }

    private static byte[][] Group(int session, int round) =>
    [
        Encoding.ASCII.GetBytes($"MAIL FROM:<sender{round}@some.example.net>\r\n"),
        .. Enumerable.Range(0, Recipients).Select(i => Encoding.ASCII.GetBytes($"RCPT TO:<victim{i}@host{((session * Groups) + round + i) % 1000}.example.org>\r\n")),
        "RSET\r\n"u8.ToArray(),
    ];
}
