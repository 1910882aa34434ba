using Postern.Mapping.Text;

namespace Postern.Policy.Aliases;

/// <summary>The alias file of a configuration.</summary>
public sealed class AliasTable
{
    public static AliasTable Load(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics) => new();
}
