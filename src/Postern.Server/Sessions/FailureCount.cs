using Postern.Policy.Configuration;
using Postern.Server.Callouts;

namespace Postern.Server.Sessions;

/// <summary>The failures of one key.</summary>
internal readonly record struct FailureCount(ThrottleTable Table, ThrottleDefinition Limits, string Key)
{
    public int Level => Table.LevelOf(Limits, Key);

    public bool IsOver() => Table.IsOver(Limits, Key);

    /// <returns>false, and nothing is counted, when it would be too many.</returns>
    public bool TryAdd() => !Table.Count(Limits, Key);

    public void TakeBack() => Table.Forgive(Limits, Key);
}
