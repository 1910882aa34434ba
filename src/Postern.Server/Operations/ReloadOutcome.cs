using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Server.Operations;

/// <summary>What a reload did.</summary>
/// <param name="Generation">the configuration in force now, the new one or the old.</param>
/// <param name="NeedsRestart">settings that differ from those the server was started with, and are not in force.</param>
public sealed record ReloadOutcome(bool IsReplaced, long Generation, ImmutableArray<Diagnostic> Diagnostics, ImmutableArray<string> NeedsRestart)
{
    /// <summary>For a person: every diagnostic, then what came of it.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (Diagnostic diagnostic in Diagnostics) yield return diagnostic.ToString();
        yield return IsReplaced
            ? $"configuration {Generation} is in force"
            : $"not reloaded: the new configuration has errors; configuration {Generation} stays in force";
        foreach (string setting in NeedsRestart) yield return $"needs a restart: {setting}";
    }
}
