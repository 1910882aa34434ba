using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Server.Tests.Harness;

/// <summary>
/// A real name server on loopback for a zone as text, a line for each record: <c>x.test MX 10 mx.test</c>, <c>x.test CNAME y.test</c>,
/// <c>x.test A 198.51.100.1</c>, <c>x.test AAAA 2001:db8::1</c>. It follows aliases as a resolver does; a name without records does not exist.
/// </summary>
internal sealed class ZoneServer : IAsyncDisposable
{
    private const int HeaderLength = 12;
    private const int NameError = 3;

    private static readonly Dictionary<string, int> Types = new(StringComparer.Ordinal) { ["A"] = 1, ["CNAME"] = 5, ["MX"] = 15, ["AAAA"] = 28 };

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly string[][] _records;
    private readonly Task _answering;

    public ZoneServer(params string[] records)
    {
        _records = [.. records.Select(r => r.Split(' '))];
        _answering = AnswerAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_socket.Client.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _answering;
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                UdpReceiveResult question = await _socket.ReceiveAsync();
                await _socket.SendAsync(Answer(question.Buffer), question.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Disposed: there are no more questions.
        }
    }

    private byte[] Answer(byte[] question)
    {
        int end = HeaderLength;
        List<string> labels = [];
        for (; question[end] != 0; end += question[end] + 1) labels.Add(Encoding.ASCII.GetString(question, end + 1, question[end]));
        string name = string.Join('.', labels);
        int type = question[end + 2];
        List<byte> records = [];
        int count = 0;
        while (_records.FirstOrDefault(r => r[0] == name && r[1] == "CNAME") is { } alias)
        {
            records.AddRange(Record(alias));
            count++;
            name = alias[2];
        }

        string[][] found = [.. _records.Where(r => r[0] == name && Types[r[1]] == type)];
        foreach (string[] record in found) records.AddRange(Record(record));
        byte code = _records.Any(r => r[0] == name) ? (byte)0 : (byte)NameError;
        return [question[0], question[1], 0x81, (byte)(0x80 | code), 0, 1, 0, (byte)(count + found.Length), 0, 0, 0, 0, .. question[HeaderLength..(end + 5)], .. records];
    }

    private static byte[] Record(string[] record)
    {
        byte[] data = record[1] switch
        {
            "MX" => [0, byte.Parse(record[2]), .. Name(record[3])],
            "CNAME" => Name(record[2]),
            _ => IPAddress.Parse(record[2]).GetAddressBytes(),
        };
        return [.. Name(record[0]), 0, (byte)Types[record[1]], 0, 1, 0, 0, 0, 60, 0, (byte)data.Length, .. data];
    }

    private static byte[] Name(string name) => name == "." ? [0] : [.. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];
}
