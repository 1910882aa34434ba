namespace Postern.Server.Ldap;

/// <summary>What went wrong with a directory server, by phase.</summary>
public enum LdapFault
{
    Connect,
    Tls,

    /// <summary>The server refused our own name and password.</summary>
    Bind,
    Timeout,

    /// <summary>The connection broke.</summary>
    Lost,

    /// <summary>What came is no LDAP, or more of it than we take.</summary>
    Malformed,

    /// <summary>The server answered that it cannot, or will not, do it.</summary>
    Refused,
}
