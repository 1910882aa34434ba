using System.Net.Security;
using System.Security.Cryptography;

namespace Postern.Server.Listening;

/// <summary>The certificate in force; a reload reads it anew, so that a renewed one needs no restart.</summary>
/// <param name="first">what it begins with; null is none.</param>
public sealed class TlsIdentity(SslStreamCertificateContext? first = null)
{
    private volatile SslStreamCertificateContext? _current = first;

    /// <summary>Null when TLS cannot be offered.</summary>
    public SslStreamCertificateContext? Current => _current;

    /// <returns>false and one line why; then the old certificate stays.</returns>
    public bool TryLoad(string certificateFile, string keyFile, out string? fault)
    {
        try
        {
            _current = TlsCertificate.Load(certificateFile, keyFile);
            fault = null;
            return true;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            fault = $"cannot use the certificate {certificateFile}: {e.Message}";
            return false;
        }
    }
}
