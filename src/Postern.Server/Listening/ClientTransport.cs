using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

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

    /// <summary>Null in the clear.</summary>
    public TlsSession? Tls { get; private set; }

    /// <summary>
    /// Not null: there is no handshake, and the session goes on in the clear under this description. For a client who types
    /// (<c>postern test session</c>).
    /// </summary>
    public string? PresumedTls { get; init; }

    /// <summary>Does the server side of a TLS handshake.</summary>
    /// <param name="authorities">the client is asked for a certificate, which is believed when one of these stands behind it; null: it is not asked.</param>
    /// <exception cref="AuthenticationException">the client's handshake failed.</exception>
    /// <exception cref="IOException">the connection broke.</exception>
    public async Task StartTlsAsync(TlsMaterial material, X509Certificate2Collection? authorities, CancellationToken cancellationToken)
    {
        if (PresumedTls is not null)
        {
            Tls = new TlsSession(PresumedTls, null, [], [], null, null);
            return;
        }

        SslStream tls = new(new DuplexPipeStream(clear.Input, clear.Output), leaveInnerStreamOpen: true);
        try
        {
            Tls = await new TlsHandshake(material, authorities).RunAsync(tls, cancellationToken);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        _tls = tls;
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
