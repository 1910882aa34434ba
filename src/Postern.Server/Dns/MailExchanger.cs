namespace Postern.Server.Dns;

/// <summary>One MX record.</summary>
/// <param name="Name">lower case without trailing dot; "" is the null MX (RFC 7505).</param>
public readonly record struct MailExchanger(int Preference, string Name);
