using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postern.Cli.Tests.Harness;

/// <summary>An SMTP client that says exactly what it is told to, from a chosen loopback address; no library would send these addresses.</summary>
public sealed class SmtpDialogue : IDisposable
{
    private readonly NetworkStream _stream;
    private readonly StreamReader _reader;

    private SmtpDialogue(Socket socket)
    {
        _stream = new NetworkStream(socket, ownsSocket: true);
        _reader = new StreamReader(_stream, Encoding.UTF8);
    }

    /// <summary>Connects, reads the greeting and says EHLO.</summary>
    /// <param name="first">what a proxy sends before everything else.</param>
    public static async Task<SmtpDialogue> OpenAsync(IPAddress source, int port, ReadOnlyMemory<byte> first = default)
    {
        SmtpDialogue dialogue = await ConnectAsync(source, port, first);
        Assert.StartsWith("220", await dialogue.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.StartsWith("250", await dialogue.SayAsync("EHLO client.example"), StringComparison.Ordinal);
        return dialogue;
    }

    /// <summary>Connects and sends the first octets; what the server says is still to be read.</summary>
    public static async Task<SmtpDialogue> ConnectAsync(IPAddress source, int port, ReadOnlyMemory<byte> first)
    {
        Socket socket = new(source.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(source, 0));
        IPAddress target = source.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
        await socket.ConnectAsync(target, port, TestContext.Current.CancellationToken);
        SmtpDialogue dialogue = new(socket);
        if (!first.IsEmpty) await dialogue._stream.WriteAsync(first, TestContext.Current.CancellationToken);
        return dialogue;
    }

    /// <summary>Whether the server has closed without another word; a reset is an end too.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is null;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Sends one line and returns the whole reply, its lines joined by line feeds.</summary>
    public async Task<string> SayAsync(string line)
    {
        await SendAsync($"{line}\r\n");
        return await ReadReplyAsync();
    }

    /// <summary>Sends text as it is and waits for no reply.</summary>
    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>A whole transaction; the first refusal, or the reply to the end of data.</summary>
    public async Task<string> DeliverAsync(string from, string to, Letter letter)
    {
        string reply = await SayAsync($"MAIL FROM:<{from}>");
        if (IsPositive(reply)) reply = await SayAsync($"RCPT TO:<{to}>");
        if (IsPositive(reply)) reply = await SayAsync("DATA");
        return reply.StartsWith('3') ? await SayAsync(letter.AfterData) : reply;
    }

    /// <summary>One transaction in a connection of its own.</summary>
    public static async Task<string> DeliverAsync(IPAddress source, int port, string from, string to, Letter letter)
    {
        using SmtpDialogue dialogue = await OpenAsync(source, port);
        return await dialogue.DeliverAsync(from, to, letter);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
    }

    private static bool IsPositive(string reply) => reply.StartsWith('2');

    /// <summary>The next reply, whether asked for or not.</summary>
    public async Task<string> ReadReplyAsync()
    {
        StringBuilder reply = new();
        while (true)
        {
            string line = await _reader.ReadLineAsync(TestContext.Current.CancellationToken)
                ?? throw new IOException($"the server hung up after \"{reply}\"");
            reply.Append(line);
            if (line.Length < 4 || line[3] == ' ') return reply.ToString();
            reply.Append('\n');
        }
    }
}
