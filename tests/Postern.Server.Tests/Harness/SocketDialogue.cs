using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postern.Server.Tests.Harness;

/// <summary>A client on a socket that says exactly what it is told to, if need be in another client's name (PROXY protocol) and inside TLS.</summary>
internal sealed class SocketDialogue : IAsyncDisposable
{
    private Stream _stream;
    private StreamReader _reader;

    private SocketDialogue(Stream stream)
    {
        _stream = stream;
        _reader = new StreamReader(stream, Encoding.UTF8);
    }

    /// <param name="client">whom the connection speaks for; null: itself.</param>
    public static async Task<SocketDialogue> ConnectAsync(int port, string? client = null)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (client is not null) socket.Bind(new IPEndPoint(SocketBench.Proxy, 0));
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        SocketDialogue dialogue = new(new NetworkStream(socket, ownsSocket: true));
        if (client is null) return dialogue;
        bool isSix = client.Contains(':', StringComparison.Ordinal);
        await dialogue.SendAsync($"PROXY TCP{(isSix ? 6 : 4)} {client} {(isSix ? "2001:db8:10::25" : "192.0.2.25")} 40000 25\r\n");
        return dialogue;
    }

    /// <summary>A session behind STARTTLS and its second EHLO.</summary>
    /// <param name="shown">the client's certificate; null for none.</param>
    public static async Task<SocketDialogue> ConnectWithTlsAsync(int port, string client, X509Certificate2? shown)
    {
        SocketDialogue dialogue = await ConnectAsync(port, client);
        Assert.StartsWith("220", await dialogue.ReplyAsync());
        Assert.StartsWith("250", await dialogue.SayAsync("EHLO client.test"));
        await dialogue.StartTlsAsync(shown);
        Assert.StartsWith("250", await dialogue.SayAsync("EHLO client.test"));
        return dialogue;
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>The next reply, its lines joined by line feeds; null at the end of the connection.</summary>
    public async Task<string?> ReplyAsync()
    {
        StringBuilder reply = new();
        while (await _reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            reply.Append(line);
            if (line.Length < 4 || line[3] != '-') return reply.ToString();
            reply.Append('\n');
        }

        return null;
    }

    public async Task<string?> SayAsync(string command)
    {
        await SendAsync(command + "\r\n");
        return await ReplyAsync();
    }

    /// <param name="shown">the certificate that the client shows when it is asked.</param>
    /// <param name="host">the name it asks for, and that the certificate must have as its subject.</param>
    public async Task StartTlsAsync(X509Certificate2? shown = null, string host = "mail.example.com")
    {
        Assert.StartsWith("220", await SayAsync("STARTTLS"));
        SslStream tls = new(_stream, leaveInnerStreamOpen: false);
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = host,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == $"CN={host}",
        };
        if (shown is not null) options.LocalCertificateSelectionCallback = (_, _, _, _, _) => shown;
        await tls.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
        _stream = tls;
        _reader = new StreamReader(tls, Encoding.UTF8);
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
