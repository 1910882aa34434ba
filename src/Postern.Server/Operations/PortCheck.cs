using System.Net;
using System.Net.Sockets;
using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>
/// Tries every port before any is opened for good, so that no listener runs when another cannot, and so that all that are
/// taken are told at once.
/// </summary>
internal static class PortCheck
{
    /// <exception cref="StartFailedException">names every port that cannot be had.</exception>
    public static void ThrowIfTaken(ConfigurationSnapshot snapshot)
    {
        List<string> faults = [];
        HashSet<(IPAddress, int)> seen = [];
        foreach (ListenerDefinition listener in snapshot.Listeners)
        {
            foreach (IPAddress address in listener.InterfaceAddresses.IsDefaultOrEmpty ? [IPAddress.Any] : listener.InterfaceAddresses)
            {
                foreach (int port in listener.Ports.Concat(listener.TlsPorts))
                {
                    if (!seen.Add((address, port))) faults.Add($"port {port} is wanted twice");
                    else if (Fault(address, port) is { } fault) faults.Add($"cannot listen on port {port} ({listener.Service}): {fault}");
                }
            }
        }

        int console = snapshot.Options.ConsolePort;
        if (console > 0 && Fault(IPAddress.Loopback, console) is { } taken) faults.Add($"cannot listen on port {console} (console): {taken}");
        if (faults.Count > 0) throw new StartFailedException(string.Join("; ", faults));
    }

    private static string? Fault(IPAddress address, int port)
    {
        try
        {
            using Socket socket = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(1);
            return null;
        }
        catch (SocketException e)
        {
            return e.Message.ToLowerInvariant();
        }
    }
}
