using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postern.Server.Listening;

/// <summary>
/// The channel binding <c>tls-server-end-point</c> (RFC 5929 §4.1): the hash of the server's certificate by the hash of its signature, SHA-256
/// for MD5 and SHA-1. The framework tells the binding to clients only.
/// </summary>
internal static class ServerEndPoint
{
    /// <returns>empty where the RFC defines none: a signature without a hash of its own, or with parameters that name it.</returns>
    public static ImmutableArray<byte> Of(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" => [.. SHA256.HashData(certificate.RawDataMemory.Span)],
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => [.. SHA256.HashData(certificate.RawDataMemory.Span)],
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => [.. SHA384.HashData(certificate.RawDataMemory.Span)],
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => [.. SHA512.HashData(certificate.RawDataMemory.Span)],
        _ => [],
    };
}
