using Postern.Mapping.Evaluation;

namespace Postern.Server.Ldap;

/// <summary>One message of a server.</summary>
/// <param name="Id">of the request it answers; 0 is a notice that answers none.</param>
public abstract record LdapMessage(int Id)
{
    public sealed record Entry(int Id, DirectoryEntry Found) : LdapMessage(Id);

    /// <summary>Other servers know more; referrals are not followed.</summary>
    public sealed record Reference(int Id) : LdapMessage(Id);

    public sealed record SearchDone(int Id, LdapResult Result) : LdapMessage(Id);

    public sealed record BindDone(int Id, LdapResult Result) : LdapMessage(Id);

    /// <summary>The answer to StartTLS, or with id 0 a notice that the server ends the connection.</summary>
    public sealed record ExtendedDone(int Id, LdapResult Result) : LdapMessage(Id);
}
