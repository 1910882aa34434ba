using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Cli.Tests.Harness;

/// <summary>
/// Another mail host: a small real SMTP server on loopback that keeps what it gets. It can go down and come up again on
/// its port, and answer chosen commands with other replies.
/// </summary>
public sealed class SinkServer : IAsyncDisposable
{
    private readonly ConcurrentQueue<SinkMessage> _messages = new();
    private readonly ConcurrentDictionary<string, string> _script = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<Socket, bool> _connections = new();
    private TcpListener? _listener;
    private Task _accepting = Task.CompletedTask;

    public SinkServer()
    {
        Port = FreePort.Take();
        Up();
    }

    public int Port { get; }

    public ImmutableArray<SinkMessage> Messages => [.. _messages];

    public ImmutableArray<SinkMessage> MessagesWith(Letter letter) => [.. _messages.Where(m => letter.IsIn(m.Content))];

    /// <summary>All recipients a letter came with, over all its copies.</summary>
    public ImmutableArray<string> RecipientsOf(Letter letter) => [.. MessagesWith(letter).SelectMany(m => m.Recipients).Order(StringComparer.Ordinal)];

    /// <summary>Answers command lines that start like this with another reply from now on; <c>.</c> is the end of data.</summary>
    public void Answer(string command, string reply) => _script[command] = reply;

    public void Up()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    /// <summary>Closes the port and cuts every connection.</summary>
    public async Task DownAsync()
    {
        _listener?.Stop();
        foreach (Socket connection in _connections.Keys) connection.Dispose();
        await _accepting;
    }

    public async ValueTask DisposeAsync()
    {
        await DownAsync();
        _listener?.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        List<Task> sessions = [];
        try
        {
            while (true) sessions.Add(ServeAsync(await listener.AcceptSocketAsync()));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopping the listener is how the sink goes down.
        }

        await Task.WhenAll(sessions);
    }

    private async Task ServeAsync(Socket socket)
    {
        _connections.TryAdd(socket, true);
        try
        {
            await using NetworkStream network = new(socket, ownsSocket: true);

            // Only read from: what a client sends together would not be written over.
            await using BufferedStream input = new(network);
            await ConverseAsync(input, network);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The peer hung up, or the sink went down: what was complete has been kept.
        }
        finally
        {
            _connections.TryRemove(socket, out _);
        }
    }

    private async Task ConverseAsync(BufferedStream input, NetworkStream output)
    {
        string? reversePath = null;
        List<string> recipients = [];
        await ReplyAsync(output, "220 sink.example ESMTP");
        while (await ReadLineAsync(input) is { } bytes)
        {
            string line = Encoding.UTF8.GetString(bytes);
            string verb = line.Split(' ', ':')[0].ToUpperInvariant();
            string reply = Scripted(line) ?? (IsOutOfOrder(verb, reversePath, recipients) ? "503 5.5.1 out of order" : Usual(verb));
            await ReplyAsync(output, reply);
            if (verb == "QUIT") return;
            if (verb is "MAIL" or "RSET" or "EHLO" or "HELO") (reversePath, recipients) = (null, []);
            if (reply[0] is not ('2' or '3')) continue;
            if (verb == "MAIL") reversePath = PathIn(line);
            if (verb == "RCPT") recipients.Add(PathIn(line));
            if (verb != "DATA") continue;
            byte[] content = await ReadContentAsync(input);
            string end = Scripted(".") ?? "250 2.0.0 taken";
            if (end[0] == '2') _messages.Enqueue(new SinkMessage(reversePath ?? "", [.. recipients], content));
            await ReplyAsync(output, end);
            (reversePath, recipients) = (null, []);
        }
    }

    private static bool IsOutOfOrder(string verb, string? reversePath, List<string> recipients) =>
        (verb == "RCPT" && reversePath is null) || (verb == "DATA" && recipients.Count == 0);

    private string? Scripted(string line) =>
        _script.Where(s => line.StartsWith(s.Key, StringComparison.OrdinalIgnoreCase)).Select(s => s.Value).FirstOrDefault();

    private static string Usual(string verb) => verb switch
    {
        "EHLO" => "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES",
        "HELO" => "250 sink.example",
        "DATA" => "354 go on",
        "QUIT" => "221 2.0.0 bye",
        "MAIL" or "RCPT" or "RSET" or "NOOP" => "250 2.0.0 ok",
        _ => "500 5.5.1 unknown command",
    };

    private static string PathIn(string line)
    {
        int start = line.IndexOf('<', StringComparison.Ordinal) + 1;
        return line[start..line.LastIndexOf('>')];
    }

    private static async Task ReplyAsync(NetworkStream output, string reply) => await output.WriteAsync(Encoding.ASCII.GetBytes($"{reply}\r\n"));

    private static async Task<byte[]> ReadContentAsync(BufferedStream input)
    {
        using MemoryStream content = new();
        while (await ReadLineAsync(input) is { } line)
        {
            if (line is [(byte)'.']) return content.ToArray();
            content.Write(line is [(byte)'.', ..] ? line.AsSpan(1) : line);
            content.Write("\r\n"u8);
        }

        throw new EndOfStreamException("the connection ended inside a message");
    }

    /// <summary>A line without its CRLF; null at the end of the connection.</summary>
    private static async Task<byte[]?> ReadLineAsync(BufferedStream input)
    {
        List<byte> line = [];
        byte[] one = new byte[1];
        while (await input.ReadAsync(one) == 1)
        {
            line.Add(one[0]);
            if (line is [.., (byte)'\r', (byte)'\n']) return [.. line[..^2]];
        }

        return null;
    }
}
