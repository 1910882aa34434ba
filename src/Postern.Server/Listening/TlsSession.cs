using System.Collections.Immutable;

namespace Postern.Server.Listening;

/// <summary>What a handshake came to.</summary>
/// <param name="Description">"TLS1.3:TLS_AES_256_GCM_SHA384".</param>
/// <param name="ServerName">the host that the client asked for; null is none.</param>
/// <param name="EndPoint">the channel binding <c>tls-server-end-point</c>; empty where the certificate has none.</param>
/// <param name="ClientEmails">the addresses in the client's certificate; empty unless it was asked for, came and is believed.</param>
/// <param name="Client">the subject of the client's certificate, believed or not; null is none.</param>
/// <param name="ClientFault">why it is not believed.</param>
public sealed record TlsSession(
    string Description, string? ServerName, ImmutableArray<byte> EndPoint, ImmutableArray<string> ClientEmails, string? Client, string? ClientFault);
