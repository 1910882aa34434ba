using System.Net;
using System.Net.Sockets;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Postern.Cli.Tests.Harness;

/// <summary>The client library mail programs use, from a chosen loopback address; the server's self-signed certificate is taken.</summary>
public static class MailKitClient
{
    public static async Task<SmtpClient> ConnectAsync(IPAddress source, int port, SecureSocketOptions security)
    {
        SmtpClient client = new()
        {
            LocalDomain = "client.example",
            LocalEndPoint = new IPEndPoint(source, 0),
            ServerCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        };
        try
        {
            await client.ConnectAsync("127.0.0.1", port, security, TestContext.Current.CancellationToken);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    /// <summary>The same behind a proxy: <paramref name="first"/> goes out before TLS begins.</summary>
    public static async Task<SmtpClient> ConnectBehindProxyAsync(IPAddress proxy, int port, ReadOnlyMemory<byte> first)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        SmtpClient client = new() { LocalDomain = "client.example", ServerCertificateValidationCallback = (_, certificate, _, _) => certificate is not null };
        try
        {
            socket.Bind(new IPEndPoint(proxy, 0));
            await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            await socket.SendAsync(first, TestContext.Current.CancellationToken);
            await client.ConnectAsync(socket, "127.0.0.1", port, SecureSocketOptions.SslOnConnect, TestContext.Current.CancellationToken);
            return client;
        }
        catch
        {
            client.Dispose();
            socket.Dispose();
            throw;
        }
    }

    public static Task LogInAsync(this SmtpClient client, string user, string password) =>
        client.AuthenticateAsync(user, password, TestContext.Current.CancellationToken);

    public static Task<string> SendLetterAsync(this SmtpClient client, string from, string to, Letter letter) => client.SendAsync(
        letter.ToMime(from), MailboxAddress.Parse(from), [MailboxAddress.Parse(to)], TestContext.Current.CancellationToken);
}
