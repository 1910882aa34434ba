namespace Postern.Server.Ldap;

/// <summary>Log lines about the LDAP directory; event ids 1400-1499.</summary>
internal static partial class DirectoryLog
{
    [LoggerMessage(1400, LogLevel.Error, "the directory cannot answer ({Fault}): {Reason}")]
    public static partial void CannotAnswer(ILogger logger, string fault, string reason);

    [LoggerMessage(1401, LogLevel.Error, "LDAP URL \"{Url}\" cannot be used: {Reason}")]
    public static partial void BadUrl(ILogger logger, string url, string reason);

    [LoggerMessage(1402, LogLevel.Error, "a password is not checked against the directory, since it would travel in the clear: set LDAP_TLS")]
    public static partial void PasswordsUnprotected(ILogger logger);
}
