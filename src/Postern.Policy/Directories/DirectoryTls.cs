namespace Postern.Policy.Directories;

/// <summary>How a connection to a directory server is protected (option LDAP_TLS).</summary>
public enum DirectoryTls
{
    /// <summary>In the clear.</summary>
    None,

    /// <summary>The connection begins in the clear and is upgraded before anything else is said (RFC 4511 §4.14).</summary>
    StartTls,

    /// <summary>TLS from the first octet (ldaps).</summary>
    Implicit,
}
