using System.Net.Security;
using System.Security.Authentication;

namespace Postern.Server.Listening;

/// <summary>The version of TLS as it is written in logs and probes.</summary>
internal static class TlsVersion
{
    public static string Of(SslStream tls) => tls.SslProtocol switch
    {
        SslProtocols.Tls12 => "TLS1.2",
        SslProtocols.Tls13 => "TLS1.3",
        var other => other.ToString(),
    };
}
