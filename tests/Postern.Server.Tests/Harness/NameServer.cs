using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Server.Tests.Harness;

/// <summary>A real name server on loopback that answers every question with the same PTR records, or with one response code.</summary>
internal sealed class NameServer : IAsyncDisposable
{
    private const int HeaderLength = 12;

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly byte _code;
    private readonly string[] _names;
    private readonly Task _answering;

    /// <param name="code">response code of RFC 1035 §4.1.1; 0 with records.</param>
    public NameServer(byte code, params string[] names)
    {
        (_code, _names) = (code, names);
        _answering = AnswerAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_socket.Client.LocalEndPoint!;

    /// <summary>The names that were asked for, dots between the labels.</summary>
    public List<string> Asked { get; } = [];

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
        Asked.Add(string.Join('.', labels));
        List<byte> answer = [question[0], question[1], 0x81, (byte)(0x80 | _code), 0, 1, 0, (byte)_names.Length, 0, 0, 0, 0, .. question[HeaderLength..(end + 5)]];
        foreach (string name in _names)
        {
            byte[] encoded = [.. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.Latin1.GetBytes(l)]), 0];
            answer.AddRange([0xC0, HeaderLength, 0, 12, 0, 1, 0, 0, 0, 60, 0, (byte)encoded.Length, .. encoded]);
        }

        return [.. answer];
    }
}
