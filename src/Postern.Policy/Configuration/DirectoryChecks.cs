using Postern.Mapping.Text;
using Postern.Policy.Directories;

namespace Postern.Policy.Configuration;

/// <summary>Warns of settings of the LDAP directory that work, but not as somebody will have meant them.</summary>
internal static class DirectoryChecks
{
    public static void Check(DirectoryOptions options, ICollection<Diagnostic> diagnostics)
    {
        if (!options.IsConfigured) return;
        SourcePosition at = new(PosternOptionTable.FileName, 0);
        if (options.UserRoot.Length == 0) diagnostics.Add(Diagnostic.Warning(at, "LDAP_USER_ROOT is not set, so users are looked for in the whole directory"));
        if (options.UserName is not null && options.Password is null) diagnostics.Add(Diagnostic.Warning(at, "LDAP_USERNAME has no LDAP_PASSWORD, so no search can be made"));
        if (options.ProtectsPasswords) return;
        string ours = options.Password is null ? "" : "LDAP_PASSWORD travels in the clear, and ";
        diagnostics.Add(Diagnostic.Warning(at, $"without LDAP_TLS {ours}no user of the directory can log in"));
    }
}
