using System.Net;
using System.Net.Sockets;

namespace Postern.Server.Tests.Ldap;

/// <summary>A server that does what a test tells it to each client, whatever that client says.</summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    /// <param name="serve">after the first bytes of the client have come.</param>
    public HostileServer(Func<NetworkStream, CancellationToken, Task> serve)
    {
        _listener.Start();
        _running = Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                    NetworkStream stream = client.GetStream();
                    if (await stream.ReadAsync(new byte[4096], _stop.Token) == 0) continue;
                    await serve(stream, _stop.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException)
            {
                // The test is over, or the client had enough.
            }
        });
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Sends bytes, then waits for the client to leave.</summary>
    public static HostileServer Saying(params byte[] bytes) => new(async (stream, stop) =>
    {
        await stream.WriteAsync(bytes, stop);
        while (await stream.ReadAsync(new byte[4096], stop) > 0)
        {
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _listener.Stop();
        _stop.Dispose();
    }
}
