using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;

namespace Postern.Server.Listening;

/// <summary>
/// The bytes of one client connection, in the clear at first, over TLS after <see cref="StartTlsAsync"/>.
/// Whoever upgrades must have seen that nothing is buffered in the clear (RFC 3207 §6).
/// </summary>
public sealed class ClientTransport(IDuplexPipe clear) : IAsyncDisposable
{
    private SslStream? _tls;

    public PipeReader Input { get; private set; } = clear.Input;

    public PipeWriter Output { get; private set; } = clear.Output;

    /// <summary>"TLS1.3:TLS_AES_256_GCM_SHA384", or null in the clear.</summary>
    public string? TlsDescription { get; private set; }

    /// <summary>
    /// Not null: there is no handshake, and the session goes on in the clear under this description. For a client who types
    /// (<c>postern test session</c>).
    /// </summary>
    public string? PresumedTls { get; init; }

    /// <summary>Does the server side of a TLS handshake: 1.2 and 1.3 only.</summary>
    /// <exception cref="AuthenticationException">the client's handshake failed.</exception>
    /// <exception cref="IOException">the connection broke.</exception>
    public async Task StartTlsAsync(SslStreamCertificateContext certificate, CancellationToken cancellationToken)
    {
        if (PresumedTls is not null)
        {
            TlsDescription = PresumedTls;
            return;
        }

        SslStream tls = new(new DuplexPipeStream(clear.Input, clear.Output), leaveInnerStreamOpen: true);
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateContext = certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = false,
            AllowRenegotiation = false,
        };
        try
        {
            await tls.AuthenticateAsServerAsync(options, cancellationToken);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        _tls = tls;
        string version = tls.SslProtocol switch
        {
            SslProtocols.Tls12 => "TLS1.2",
            SslProtocols.Tls13 => "TLS1.3",
            var other => other.ToString(),
        };
        TlsDescription = $"{version}:{tls.NegotiatedCipherSuite}";
        Input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true));
        Output = PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true));
    }

    /// <summary>Ends TLS, with close_notify when the client is still there; the connection itself is not ours to close.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_tls is null) return;
        await Input.CompleteAsync();
        await Output.CompleteAsync();
        try
        {
            await _tls.ShutdownAsync();
        }
        finally
        {
            await _tls.DisposeAsync();
        }
    }
}
