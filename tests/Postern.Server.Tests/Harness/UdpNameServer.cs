using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Server.Tests.Harness;

/// <summary>A real name server on loopback (RFC 1035 §4): reads the question of each packet and sends what is answered to it.</summary>
internal sealed class UdpNameServer : IAsyncDisposable
{
    public const int HeaderLength = 12;

    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly Func<string, int, (byte Code, int Count, byte[] Records)> _answer;
    private readonly Task _answering;

    /// <param name="answer">from the name that is asked for, dots between the labels, and the type: the response code, how many records, and the records.</param>
    public UdpNameServer(Func<string, int, (byte Code, int Count, byte[] Records)> answer)
    {
        _answer = answer;
        _answering = AnswerAsync();
    }

    public IPEndPoint Address => (IPEndPoint)_socket.Client.LocalEndPoint!;

    /// <summary>As it stands in a record: labels with their lengths, a root behind them.</summary>
    public static byte[] Encode(string name) => name == "." ? [0] : [.. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.Latin1.GetBytes(l)]), 0];

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
                await _socket.SendAsync(Packet(question.Buffer), question.RemoteEndPoint);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // Disposed: there are no more questions.
        }
    }

    private byte[] Packet(byte[] question)
    {
        int end = HeaderLength;
        List<string> labels = [];
        for (; question[end] != 0; end += question[end] + 1) labels.Add(Encoding.ASCII.GetString(question, end + 1, question[end]));
        (byte code, int count, byte[] records) = _answer(string.Join('.', labels), question[end + 2]);
        return [question[0], question[1], 0x81, (byte)(0x80 | code), 0, 1, 0, (byte)count, 0, 0, 0, 0, .. question[HeaderLength..(end + 5)], .. records];
    }
}
