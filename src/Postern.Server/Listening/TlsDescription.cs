using System.Net.Security;
using System.Security.Authentication;

namespace Postern.Server.Listening;

/// <summary>Version and cipher of TLS as they are written in logs and probes: <c>TLS1.3:TLS_AES_256_GCM_SHA384</c>.</summary>
internal static class TlsDescription
{
    public static string Of(SslStream tls)
    {
        string version = tls.SslProtocol switch
        {
            SslProtocols.Tls12 => "TLS1.2",
            SslProtocols.Tls13 => "TLS1.3",
            var other => other.ToString(),
        };
        return $"{version}:{tls.NegotiatedCipherSuite}";
    }
}
