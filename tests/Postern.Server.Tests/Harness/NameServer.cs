using System.Net;

namespace Postern.Server.Tests.Harness;

/// <summary>A real name server on loopback that answers every question with the same PTR records, or with one response code.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private readonly UdpNameServer _server;

    /// <param name="code">response code of RFC 1035 §4.1.1; 0 with records.</param>
    public NameServer(byte code, params string[] names)
    {
        byte[] records = [.. names.SelectMany(Record)];
        _server = new UdpNameServer((name, _) =>
        {
            Asked.Add(name);
            return (code, names.Length, records);
        });
    }

    public IPEndPoint Address => _server.Address;

    /// <summary>The names that were asked for, dots between the labels.</summary>
    public List<string> Asked { get; } = [];

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    /// <summary>The owner is a pointer to the question.</summary>
    private static byte[] Record(string name)
    {
        byte[] encoded = UdpNameServer.Encode(name);
        return [0xC0, UdpNameServer.HeaderLength, 0, 12, 0, 1, 0, 0, 0, 60, 0, (byte)encoded.Length, .. encoded];
    }
}
