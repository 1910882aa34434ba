using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Server.Dns;

namespace Postern.Server.Tests.Harness;

/// <summary>
/// A next hop on loopback that answers as it is told: each command, by its first word, has a list of replies, used in turn,
/// the last one again and again. An empty reply is none: the client has to send on. A reply may close the connection or start TLS behind it.
/// </summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    /// <summary>At the end of a reply: close the connection behind it. Alone: close without a word.</summary>
    public const string Close = "(close)";

    /// <summary>At the end of a reply: do a TLS handshake. </summary>
    public const string Tls = "(tls)";

    /// <summary>At the end of a reply, or alone: say nothing more. A client that has no more to say waits for ever.</summary>
    public const string Hang = "(hang)";

    /// <summary>Alone: lines of one reply without an end, until the client goes away.</summary>
    public const string Flood = "(flood)";

    /// <summary>Alone: one line without an end.</summary>
    public const string FloodLine = "(flood line)";

    /// <summary>At the end of a 354: read none of the content.</summary>
    public const string Stall = "(stall)";

    /// <summary>At the end of a reply: say nothing to what comes then, until the client goes away.</summary>
    public const string Mute = "(mute)";

    /// <summary>At the end of a reply: break the connection, with what the client sent not read.</summary>
    public const string Break = "(break)";

    /// <summary>At the end of a reply: octet by octet, each at a word of the test.</summary>
    public const string Drip = "(drip)";

    private readonly Socket _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<string, Queue<string>> _script;
    private readonly Task _running;
    private readonly Lock _gate = new();
    private readonly List<string> _commands = [];
    private readonly List<string> _messages = [];
    private readonly List<IPAddress> _clients = [];
    private readonly List<string> _serverNames = [];
    private readonly SemaphoreSlim _dripping = new(0);
    private readonly TaskCompletionSource _silent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _connections;
    private long _flooded;
    private int _replies;

    /// <param name="script">by first word of the command; GREETING and DOT stand for the beginning and the end of content.</param>
    public SmtpSink(params ReadOnlySpan<(string Command, string[] Replies)> script)
        : this(new IPEndPoint(IPAddress.Loopback, 0), script)
    {
    }

    /// <summary>A next hop behind a socket file.</summary>
    public SmtpSink(string path)
        : this(new UnixDomainSocketEndPoint(path), [])
    {
    }

    private SmtpSink(EndPoint at, ReadOnlySpan<(string Command, string[] Replies)> script)
    {
        _listener = new Socket(at.AddressFamily, SocketType.Stream, at is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        _script = new Dictionary<string, Queue<string>>(StringComparer.OrdinalIgnoreCase)
        {
            ["GREETING"] = new(["220 sink.test ESMTP"]),
            ["EHLO"] = new(["250-sink.test\r\n250-SIZE 1000000\r\n250 8BITMIME"]),
            ["DATA"] = new(["354 go"]),
            ["QUIT"] = new([$"221 bye{Close}"]),
        };
        foreach ((string command, string[] replies) in script) _script[command] = new Queue<string>(replies);
        _listener.Bind(at);
        _listener.Listen();
        _running = Task.Run(AcceptAsync);
    }

    public NextHopTarget Target => new("sink.test", IPAddress.Loopback, ((IPEndPoint)_listener.LocalEndPoint!).Port);

    /// <summary>Completes when the sink hangs, stalls or waits for the word to drip.</summary>
    public Task Silent => _silent.Task;

    /// <summary>So many replies were given.</summary>
    public int Replies => Volatile.Read(ref _replies);

    /// <summary>Octets that a client took of a flood, or that the system keeps for it.</summary>
    public long Flooded => Interlocked.Read(ref _flooded);

    public int Connections => Volatile.Read(ref _connections);

    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_gate) return [.. _commands];
        }
    }

    /// <summary>Names that clients asked for in their handshakes; "" for none.</summary>
    public IReadOnlyList<string> ServerNames
    {
        get
        {
            lock (_gate) return [.. _serverNames];
        }
    }

    /// <summary>Where the connections came from.</summary>
    public IReadOnlyList<IPAddress> Clients
    {
        get
        {
            lock (_gate) return [.. _clients];
        }
    }

    /// <summary>Contents as they came, dots of transparency included.</summary>
    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (_gate) return [.. _messages];
        }
    }

    /// <summary>Lets so many octets of a reply go that drips.</summary>
    public void LetDrip(int octets) => _dripping.Release(octets);

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested) return;
        await _stop.CancelAsync();
        _listener.Dispose();
        await _running;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using Socket socket = await _listener.AcceptAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                if (socket.RemoteEndPoint is IPEndPoint client) lock (_gate) _clients.Add(client.Address);
                await ServeAsync(socket);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException or System.Security.Authentication.AuthenticationException)
            {
                // The client went away, or the test is over; either way the next client may come.
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        Stream current = new NetworkStream(socket);
        try
        {
            string command = "GREETING";
            while (true)
            {
                string reply = Next(command);
                bool closes = reply.EndsWith(Close, StringComparison.Ordinal), tls = reply.EndsWith(Tls, StringComparison.Ordinal);
                if (reply is Flood or FloodLine) await FloodAsync(current, reply == Flood ? "250-x\r\n" : "250-xxx");
                if (reply.EndsWith(Hang, StringComparison.Ordinal) || reply.EndsWith(Stall, StringComparison.Ordinal)) _silent.TrySetResult();
                string text = new[] { Close, Tls, Hang, Stall, Mute, Break, Drip }.Aggregate(reply, (t, word) => t.Replace(word, "", StringComparison.Ordinal));
                if (reply.EndsWith(Drip, StringComparison.Ordinal)) await DripAsync(current, text);
                else if (text.Length > 0) await ReplyAsync(current, text);
                if (closes)
                {
                    // Closing on commands that were not read would destroy the replies that were not read either.
                    socket.Shutdown(SocketShutdown.Send);
                    byte[] unread = new byte[4096];
                    while (await socket.ReceiveAsync(unread, _stop.Token) > 0)
                    {
                    }

                    return;
                }

                if (reply.EndsWith(Mute, StringComparison.Ordinal))
                {
                    byte[] ignored = new byte[4096];
                    while (await current.ReadAsync(ignored, _stop.Token) > 0) _silent.TrySetResult();
                    return;
                }

                if (reply.EndsWith(Break, StringComparison.Ordinal))
                {
                    // What lies unread when a socket is closed makes the system send a reset.
                    while (socket.Available == 0) await Task.Yield();
                    socket.Close();
                    return;
                }

                if (tls) current = await SecureAsync(current);
                if (reply.EndsWith(Stall, StringComparison.Ordinal)) await Task.Delay(Timeout.Infinite, _stop.Token);
                if (command == "DATA" && text.Split('\n')[^1].StartsWith("354", StringComparison.Ordinal))
                {
                    // The line end of DATA is the first of the content's end, where that is empty.
                    string? content = await ReadToAsync(current, "\r\n.\r\n", "\r\n");
                    if (content is null) return;
                    lock (_gate) _messages.Add(content.Length > 2 ? content[2..] : "");
                    command = "DOT";
                    continue;
                }

                if (await ReadToAsync(current, "\r\n") is not { } line) return;
                lock (_gate) _commands.Add(line);
                command = line.Split(' ', ':')[0];
                if (command == "BDAT")
                {
                    byte[] chunk = new byte[int.Parse(line.Split(' ')[1])];
                    await current.ReadExactlyAsync(chunk, _stop.Token);
                    lock (_gate) _messages.Add(Encoding.Latin1.GetString(chunk));
                }
            }
        }
        finally
        {
            await current.DisposeAsync();
        }
    }

    private async Task ReplyAsync(Stream stream, string text)
    {
        Interlocked.Increment(ref _replies);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(text + "\r\n"), _stop.Token);
    }

    private async Task DripAsync(Stream stream, string text)
    {
        _silent.TrySetResult();
        foreach (byte octet in Encoding.UTF8.GetBytes(text + "\r\n"))
        {
            await _dripping.WaitAsync(_stop.Token);
            await stream.WriteAsync(new[] { octet }, _stop.Token);
        }
    }

    private async Task FloodAsync(Stream stream, string piece)
    {
        byte[] block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(piece, 1000)));
        while (true)
        {
            await stream.WriteAsync(block, _stop.Token);
            Interlocked.Add(ref _flooded, block.Length);
        }
    }

    private string Next(string command)
    {
        if (!_script.TryGetValue(command, out Queue<string>? replies)) return "250 ok";
        return replies.Count > 1 ? replies.Dequeue() : replies.Peek();
    }

    private async Task<SslStream> SecureAsync(Stream stream)
    {
        using System.Security.Cryptography.ECDsa key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = new CertificateRequest("CN=other.test", key, System.Security.Cryptography.HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        SslStream tls = new(stream);
        SslServerAuthenticationOptions options = new() { ServerCertificate = certificate };
        await tls.AuthenticateAsServerAsync(
            (_, hello, _, _) =>
            {
                lock (_gate) _serverNames.Add(hello.ServerName);
                return ValueTask.FromResult(options);
            },
            null,
            _stop.Token);
        return tls;
    }

    private async Task<string?> ReadToAsync(Stream stream, string end, string start = "")
    {
        StringBuilder text = new(start);
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            text.Append((char)one[0]);
            if (text.Length >= end.Length && text.ToString(text.Length - end.Length, end.Length) == end) return text.ToString(0, text.Length - end.Length);
        }

        return null;
    }
}
