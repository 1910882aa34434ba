using Postern.Mapping.Text;

namespace Postern.Policy.Rewriting;

/// <summary>The rewrite rules of a configuration.</summary>
public sealed class RewriteRules
{
    public static RewriteRules Load(IReadOnlyList<LogicalLine> lines, ICollection<Diagnostic> diagnostics) => new();
}
