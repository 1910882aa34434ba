namespace Postern.Server.Ldap;

/// <summary>How a server ended an operation (RFC 4511 §4.1.9).</summary>
/// <param name="Text">the server's diagnostic message.</param>
public sealed record LdapResult(int Code, string Text)
{
    public const int Success = 0;
    public const int SizeLimitExceeded = 4;
    public const int NoSuchObject = 32;
    public const int InvalidCredentials = 49;

    public override string ToString() => Text.Length == 0 ? $"result {Code}" : $"result {Code}, \"{Text}\"";
}
