using System.Net;
using System.Net.Sockets;

namespace Postern.Bench.Load;

/// <summary>One client connection on blocking calls: next to nothing besides the system calls, so that the load costs both servers' machine the same little.</summary>
internal sealed class SmtpPeer : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>Connects and reads the greeting.</summary>
    /// <param name="source">loopback address to come from.</param>
    public SmtpPeer(IPAddress source, int port)
    {
        _socket.Bind(new IPEndPoint(source, 0));
        _socket.Connect(IPAddress.Loopback, port);
        Expect(2);
    }

    public void Send(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty) octets = octets[_socket.Send(octets)..];
    }

    /// <summary>Sends a command and reads a reply of that class.</summary>
    public void Say(ReadOnlySpan<byte> command, int expected)
    {
        Send(command);
        Expect(expected);
    }

    /// <summary>Reads a reply with all its lines.</summary>
    /// <param name="expected">first digit of its code.</param>
    /// <exception cref="InvalidDataException">it is another one.</exception>
    public void Expect(int expected)
    {
        while (true)
        {
            ReadOnlySpan<byte> line = Line();
            if (line.Length > 3 && line[3] == '-') continue;
            if (line.Length > 0 && line[0] == '0' + expected) return;
            throw new InvalidDataException($"expected {expected}xx, got \"{System.Text.Encoding.UTF8.GetString(line).TrimEnd()}\"");
        }
    }

    public void Dispose() => _socket.Dispose();

    private ReadOnlySpan<byte> Line()
    {
        int seen = _start;
        while (true)
        {
            int end = _buffer.AsSpan(seen.._end).IndexOf((byte)'\n');
            if (end >= 0)
            {
                int start = _start;
                _start = seen + end + 1;
                return _buffer.AsSpan(start.._start);
            }

            if (_start > 0)
            {
                _buffer.AsSpan(_start.._end).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            seen = _end;
            int read = _socket.Receive(_buffer.AsSpan(_end));
            if (read == 0) throw new EndOfStreamException("the server closed the connection");
            _end += read;
        }
    }
}
