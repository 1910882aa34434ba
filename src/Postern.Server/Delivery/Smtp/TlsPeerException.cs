namespace Postern.Server.Delivery.Smtp;

/// <summary>The TLS handshake with the next hop failed; the connection is of no more use, a new one in the clear may be.</summary>
public sealed class TlsPeerException(string message, Exception inner) : IOException(message, inner);
