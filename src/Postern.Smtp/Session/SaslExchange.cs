namespace Postern.Smtp.Session;

/// <summary>Where an AUTH exchange stands (RFC 4954).</summary>
/// <param name="User">LOGIN: the name, once it came; null before, and always for PLAIN.</param>
public sealed record SaslExchange(string Mechanism, string? User = null);
