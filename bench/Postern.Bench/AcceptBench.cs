using System.Net;
using System.Text;
using Postern.Bench.Beside;
using Postern.Bench.Load;

namespace Postern.Bench;

/// <summary>Messages taken durably, their delivery held off: a stopped channel here, Postfix's hold queue there.</summary>
internal static class AcceptBench
{
    private static readonly (int Size, int Sessions)[] Cases = [(4096, 20), (4096, 100), (65536, 20), (65536, 100)];

    public static void Run(TextWriter output)
    {
        output.WriteLine(Alternation.Head);
        foreach ((int size, int sessions) in Cases) output.WriteLine(Measure(size, sessions));
    }

    private static string Measure(int size, int sessions)
    {
        byte[] content = Content(size, 0);
        PosternServer postern = new(Daemon.FreePort());
        List<IMailServer> servers = [postern];
        try
        {
            postern.HoldOff();
            if (PostfixServer.IsInstalled) servers.Add(new PostfixServer(Daemon.FreePort(), isHeld: true));
            if (SinkProgram.IsInstalled) servers.Add(new SinkProgram());
            return Alternation.Row($"{size / 1024} KB, {sessions} sessions", servers, (server, time) => Sample.Take(server, sessions, time, (_, over) => Send(server, content, over)));
        }
        finally
        {
            Alternation.DisposeAll(servers);
        }
    }

    /// <summary>Header and text of a message, ready for the wire, with the final dot.</summary>
    /// <param name="size">octets, about.</param>
    public static byte[] Content(int size, int number)
    {
        StringBuilder text = new();
        text.Append($"From: <sender@example.com>\r\nTo: <friend@some.example.org>\r\nSubject: measured\r\nDate: Thu, 1 Jan 2026 00:00:00 +0000\r\nMessage-ID: <{number}@bench.example.com>\r\nX-Number: {number}\r\n\r\n");
        while (text.Length < size) text.Append("The same line again and again, as long as lines of mail usually are.\r\n");
        return Encoding.ASCII.GetBytes(text.Append(".\r\n").ToString());
    }

    /// <summary>Sends messages over one connection, the envelope as one packet, as servers do that know PIPELINING.</summary>
    private static long Send(IMailServer server, byte[] content, Func<bool> isOver)
    {
        using SmtpPeer peer = new(IPAddress.Loopback, server.Port);
        peer.Say("EHLO client.example.com\r\n"u8, 2);
        long sent = 0;
        for (; !isOver(); sent++) SendOne(peer, content);
        peer.Say("QUIT\r\n"u8, 2);
        return sent;
    }

    public static void SendOne(SmtpPeer peer, byte[] content)
    {
        peer.Send("MAIL FROM:<sender@example.com>\r\nRCPT TO:<friend@some.example.org>\r\nDATA\r\n"u8);
        peer.Expect(2);
        peer.Expect(2);
        peer.Expect(3);
        peer.Say(content, 2);
    }
}
