using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Server.Tests.Harness;

/// <summary>A certificate authority of a test.</summary>
internal sealed class TestAuthority : IDisposable
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private byte _serial;

    public TestAuthority(string name = "Test Authority")
    {
        CertificateRequest request = new($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
    }

    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>A client's certificate with its key.</summary>
    public X509Certificate2 Client(params string[] emails) => Client(emails, ClientAuthentication, TimeSpan.FromDays(1));

    /// <param name="purpose">what the certificate is for; null says nothing.</param>
    /// <param name="left">until it expires.</param>
    public X509Certificate2 Client(string[] emails, string? purpose, TimeSpan left)
    {
        SubjectAlternativeNameBuilder names = new();
        foreach (string email in emails) names.AddEmailAddress(email);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=client", key, HashAlgorithmName.SHA256);
        if (emails.Length > 0) request.CertificateExtensions.Add(names.Build());
        if (purpose is not null) request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        return Signed(request, left).CopyWithPrivateKey(key);
    }

    /// <summary>Writes a server's certificate and key.</summary>
    public static void WriteServer(string certificateFile, string keyFile, HashAlgorithmName hash, params string[] hosts)
    {
        using RSA key = RSA.Create(2048);
        using X509Certificate2 certificate = SelfSigned(key, hash, hosts);
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    private static X509Certificate2 SelfSigned(RSA key, HashAlgorithmName hash, string[] hosts)
    {
        CertificateRequest request = new($"CN={hosts[0]}", key, hash, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        foreach (string host in hosts) names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(90));
    }

    private X509Certificate2 Signed(CertificateRequest request, TimeSpan left) =>
        request.Create(_certificate, DateTimeOffset.UtcNow.AddDays(-20), DateTimeOffset.UtcNow + left, [1, ++_serial]);
}
