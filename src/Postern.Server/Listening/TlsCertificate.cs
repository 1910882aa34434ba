using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Server.Listening;

/// <summary>The server certificate: read from PEM files, or made on the first run.</summary>
public static class TlsCertificate
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Reads the certificate, those of its issuers that stand behind it in the same file, and the key.</summary>
    /// <exception cref="CryptographicException">the files hold no usable certificate and key.</exception>
    /// <exception cref="IOException">a file cannot be read.</exception>
    public static SslStreamCertificateContext Load(string certificateFile, string keyFile)
    {
        X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        X509Certificate2Collection chain = [];
        chain.ImportFromPemFile(certificateFile);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>Writes a self-signed certificate for <paramref name="hostName"/>, valid for ten years; the key has mode 0600.</summary>
    /// <remarks>The certificate is written last: where it exists, its key does too.</remarks>
    public static void WriteSelfSigned(string certificateFile, string keyFile, string hostName, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = SelfSigned(key, hostName, now);
        WriteWhole(keyFile, key.ExportPkcs8PrivateKeyPem(), OwnerOnly);
        WriteWhole(certificateFile, certificate.ExportCertificatePem(), OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
    }

    /// <summary>A self-signed certificate that is in no file.</summary>
    public static SslStreamCertificateContext Ephemeral(string hostName, DateTimeOffset now)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return SslStreamCertificateContext.Create(SelfSigned(key, hostName, now), additionalCertificates: null, offline: true);
    }

    private static X509Certificate2 SelfSigned(ECDsa key, string hostName, DateTimeOffset now)
    {
        X500DistinguishedNameBuilder subject = new();
        subject.AddCommonName(hostName.Length > 64 ? hostName[..64] : hostName);
        CertificateRequest request = new(subject.Build(), key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(hostName);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
    }

    private static void WriteWhole(string file, string text, UnixFileMode mode)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        string temporary = file + ".new";
        File.Delete(temporary);
        using (FileStream stream = new(temporary, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode }))
        using (StreamWriter writer = new(stream))
        {
            writer.Write(text);
            writer.Write('\n');
        }

        File.Move(temporary, file, overwrite: true);
    }
}
