namespace Postern.Server.Ldap;

/// <summary>A directory server could not be talked to, or gave no usable answer. Its text never holds a password.</summary>
public sealed class LdapException : IOException
{
    public LdapException(LdapFault fault, string message)
        : base(message) => Fault = fault;

    public LdapException(LdapFault fault, string message, Exception inner)
        : base(message, inner) => Fault = fault;

    public LdapFault Fault { get; }
}
