using System.Net;

namespace Postern.Server.Tests.Harness;

/// <summary>
/// A real name server on loopback for a zone as text, a line for each record: <c>x.test MX 10 mx.test</c>, <c>x.test CNAME y.test</c>,
/// <c>x.test A 198.51.100.1</c>, <c>x.test AAAA 2001:db8::1</c>. It follows aliases as a resolver does; a name without records does not exist.
/// </summary>
internal sealed class ZoneServer : IAsyncDisposable
{
    private const byte NameError = 3;

    private static readonly Dictionary<string, int> Types = new(StringComparer.Ordinal) { ["A"] = 1, ["CNAME"] = 5, ["MX"] = 15, ["AAAA"] = 28 };

    private readonly UdpNameServer _server;
    private readonly string[][] _records;

    public ZoneServer(params string[] records)
    {
        _records = [.. records.Select(r => r.Split(' '))];
        _server = new UdpNameServer(Answer);
    }

    public IPEndPoint Address => _server.Address;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private (byte Code, int Count, byte[] Records) Answer(string name, int type)
    {
        List<string[]> found = [];
        while (_records.FirstOrDefault(r => r[0] == name && r[1] == "CNAME") is { } alias)
        {
            found.Add(alias);
            name = alias[2];
        }

        found.AddRange(_records.Where(r => r[0] == name && Types[r[1]] == type));
        return (_records.Any(r => r[0] == name) ? (byte)0 : NameError, found.Count, [.. found.SelectMany(Record)]);
    }

    private static byte[] Record(string[] record)
    {
        byte[] data = record[1] switch
        {
            "MX" => [0, byte.Parse(record[2]), .. UdpNameServer.Encode(record[3])],
            "CNAME" => UdpNameServer.Encode(record[2]),
            _ => IPAddress.Parse(record[2]).GetAddressBytes(),
        };
        return [.. UdpNameServer.Encode(record[0]), 0, (byte)Types[record[1]], 0, 1, 0, 0, 0, 60, 0, (byte)data.Length, .. data];
    }
}
