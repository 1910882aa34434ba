using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postern.Policy.Directories;

namespace Postern.Server.Ldap;

/// <summary>
/// Decides which certificates of directory servers are believed: one certificate by its fingerprint, else whatever the given or the
/// system's authorities vouch for under the server's name. There is no way to believe any.
/// </summary>
public sealed class LdapTrust
{
    private readonly string? _fingerprint;
    private readonly X509Certificate2Collection? _authorities;

    private LdapTrust(string? fingerprint, X509Certificate2Collection? authorities)
    {
        _fingerprint = fingerprint;
        _authorities = authorities;
    }

    /// <summary>Reads the file of authorities, if one is named.</summary>
    /// <param name="directory">of the configuration; relative paths begin there.</param>
    /// <exception cref="LdapException">the file cannot be used.</exception>
    public static LdapTrust Load(DirectoryOptions options, string directory)
    {
        if (options.TlsAuthorities is null) return new LdapTrust(options.TlsFingerprint, null);
        X509Certificate2Collection authorities = [];
        try
        {
            authorities.ImportFromPemFile(System.IO.Path.GetFullPath(options.TlsAuthorities, directory));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new LdapException(LdapFault.Tls, $"LDAP_TLS_CA_FILE cannot be read: {e.Message}", e);
        }

        return authorities.Count > 0
            ? new LdapTrust(options.TlsFingerprint, authorities)
            : throw new LdapException(LdapFault.Tls, "LDAP_TLS_CA_FILE holds no certificate");
    }

    public SslClientAuthenticationOptions For(DirectoryHost host)
    {
        SslClientAuthenticationOptions tls = new()
        {
            TargetHost = host.Name,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (_authorities is not null)
        {
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(_authorities);
        }

        if (_fingerprint is not null)
            tls.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString(HashAlgorithmName.SHA256) == _fingerprint;
        return tls;
    }
}
