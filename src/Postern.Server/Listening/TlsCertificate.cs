using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Server.Listening;

/// <summary>The server certificate: read from PEM files, or made on the first run.</summary>
public static class TlsCertificate
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads certificate chain and key.</summary>
    /// <exception cref="CryptographicException">the files hold no usable certificate and key.</exception>
    /// <exception cref="IOException">a file cannot be read.</exception>
    public static X509Certificate2 Load(string certificateFile, string keyFile)
    {
        using X509Certificate2 pem = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);

        // SslStream needs a key that is bound to the certificate object; a PEM key is ephemeral until exported once.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Writes a self-signed certificate for <paramref name="hostName"/>, valid for ten years; the key has mode 0600.</summary>
    public static void WriteSelfSigned(string certificateFile, string keyFile, string hostName, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={hostName.Replace(",", "", StringComparison.Ordinal)}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(hostName);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(certificateFile)!);
        WriteNew(keyFile, key.ExportPkcs8PrivateKeyPem(), OwnerOnly);
        WriteNew(certificateFile, certificate.ExportCertificatePem(), OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    private static void WriteNew(string file, string text, UnixFileMode mode)
    {
        using FileStream stream = new(file, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode });
        using StreamWriter writer = new(stream);
        writer.Write(text);
        writer.Write('\n');
    }
}
