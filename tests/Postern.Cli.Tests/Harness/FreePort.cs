using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Postern.Cli.Tests.Harness;

/// <summary>
/// Ports nobody listens on, each handed out once. They lie below the range from which the kernel takes ports of outgoing
/// connections, so that a server can be stopped and started again on its port.
/// </summary>
public static class FreePort
{
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly ConcurrentDictionary<int, bool> Taken = new();

    public static int Take()
    {
        while (true)
        {
            int port = Random.Shared.Next(First, Last);
            if (Taken.TryAdd(port, true) && IsFree(port)) return port;
        }
    }

    public static bool IsFree(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Any, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
