using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Server.Listening;

/// <summary>The server's side of one handshake: TLS 1.2 and 1.3 only, the certificate for the name that the client asks for.</summary>
/// <param name="authorities">the client is asked for a certificate, which is believed when one of these stands behind it; null: it is not asked.</param>
internal sealed class TlsHandshake(TlsMaterial material, X509Certificate2Collection? authorities)
{
    /// <summary>What a certificate must be for where it says what it is for (RFC 5280 §4.2.1.12).</summary>
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private string? _serverName;
    private SslStreamCertificateContext? _certificate;
    private X509Certificate2? _client;
    private string? _clientFault;

    /// <exception cref="AuthenticationException">the client's handshake failed.</exception>
    /// <exception cref="IOException">the connection broke.</exception>
    public async Task<TlsSession> RunAsync(SslStream tls, CancellationToken cancellationToken)
    {
        await tls.AuthenticateAsServerAsync((_, hello, _, _) => ValueTask.FromResult(OptionsFor(hello)), null, cancellationToken);
        return new TlsSession(
            TlsDescription.Of(tls),
            _serverName,
            ServerEndPoint.Of(_certificate!.TargetCertificate),
            _client is null || _clientFault is not null ? [] : CertificateEmails.Of(_client),
            _client?.Subject,
            _clientFault);
    }

    private SslServerAuthenticationOptions OptionsFor(SslClientHelloInfo hello)
    {
        _serverName = hello.ServerName.Length == 0 ? null : hello.ServerName;
        _certificate = material.For(_serverName);
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateContext = _certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            AllowRenegotiation = false,
        };
        if (authorities is null) return options;
        options.ClientCertificateRequired = true;
        options.CertificateChainPolicy = Policy(authorities);
        options.RemoteCertificateValidationCallback = Note;
        return options;
    }

    private static X509ChainPolicy Policy(X509Certificate2Collection authorities)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid(ClientAuthentication));
        return policy;
    }

    /// <summary>A client without a certificate, or with one that nobody believes, is a client like any other: it cannot use AUTH EXTERNAL.</summary>
    private bool Note(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 shown) return true;
        _client = shown;

        // A name mismatch is about servers.
        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None) return true;
        ImmutableArray<string> faults = [.. chain?.ChainStatus.Select(s => s.StatusInformation.Trim()) ?? []];
        _clientFault = faults.IsEmpty ? errors.ToString() : string.Join("; ", faults);
        return true;
    }
}
