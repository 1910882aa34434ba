using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Postern.Bench.Load;

/// <summary>The next hop: takes every message and notes when the one with that X-Number had come in.</summary>
internal sealed class NumberedSink : IDisposable
{
    private static readonly byte[] Greeting = "220 sink.example ESMTP\r\n"u8.ToArray();
    private static readonly byte[] Ehlo = "250-sink.example\r\n250-PIPELINING\r\n250-SIZE 300000000\r\n250 8BITMIME\r\n"u8.ToArray();
    private static readonly byte[] Ok = "250 2.0.0 ok\r\n"u8.ToArray();
    private static readonly byte[] Go = "354 go\r\n"u8.ToArray();
    private static readonly byte[] Bye = "221 2.0.0 bye\r\n"u8.ToArray();

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Socket> _connections = [];
    private readonly long[] _arrivals;
    private long _arrived;

    /// <param name="numbers">X-Number is below that.</param>
    public NumberedSink(int numbers)
    {
        _arrivals = new long[numbers];
        _listener.Start(1000);
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Messages so far.</summary>
    public long Arrived => Interlocked.Read(ref _arrived);

    /// <summary><see cref="Stopwatch"/> time of each message; 0: has not come.</summary>
    public IReadOnlyList<long> Arrivals => _arrivals;

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Socket connection in _connections) connection.Dispose();
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket socket = _listener.AcceptSocket();
                socket.NoDelay = true;
                _connections.Add(socket);
                new Thread(() => Serve(socket), maxStackSize: 256 * 1024) { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The sink was closed.
        }
    }

    private void Serve(Socket socket)
    {
        try
        {
            Converse(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The server hung up.
        }
    }

    private void Converse(Socket socket)
    {
        byte[] buffer = new byte[64 * 1024];
        int end = 0;
        bool isContent = false;
        int number = -1;
        List<byte> replies = [];
        socket.Send(Greeting);
        while (socket.Receive(buffer.AsSpan(end)) is var read and > 0)
        {
            end += read;
            int start = 0;
            while (buffer.AsSpan(start..end).IndexOf((byte)'\n') is var length and >= 0)
            {
                ReadOnlySpan<byte> line = buffer.AsSpan(start, length + 1);
                start += length + 1;
                if (!isContent)
                {
                    replies.AddRange(Answer(line));
                    isContent = line.StartsWith("DATA"u8);
                    number = -1;
                }
                else if (line is [(byte)'.', (byte)'\r', (byte)'\n'])
                {
                    isContent = false;
                    if (number >= 0) _arrivals[number] = Stopwatch.GetTimestamp();
                    Interlocked.Increment(ref _arrived);
                    replies.AddRange(Ok);
                }
                else if (number < 0 && line.StartsWith("X-Number: "u8) && Utf8Parser.TryParse(line[10..], out int parsed, out _))
                {
                    number = parsed;
                }
            }

            buffer.AsSpan(start..end).CopyTo(buffer);
            end -= start;
            if (replies.Count == 0) continue;
            socket.Send([.. replies]);
            replies.Clear();
        }
    }

    private static byte[] Answer(ReadOnlySpan<byte> line) => (char)(line[0] & 0xDF) switch
    {
        'E' => Ehlo,
        'D' => Go,
        'Q' => Bye,
        _ => Ok,
    };
}
