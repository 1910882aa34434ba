namespace Postern.Policy.Access;

/// <summary>What a client can authenticate by, beside a password.</summary>
/// <param name="HasCertificate">it showed a certificate for a mail address, and that is believed.</param>
/// <param name="BindsChannel">the TLS session has a channel binding.</param>
public readonly record struct SaslMeans(bool HasCertificate, bool BindsChannel);
