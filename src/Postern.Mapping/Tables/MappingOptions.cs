using System.Collections.Immutable;

namespace Postern.Mapping.Tables;

/// <summary>What the mapping language needs from outside the mappings file.</summary>
public sealed record MappingOptions
{
    public static MappingOptions Default { get; } = new();

    /// <summary>The general text table, the answers of <c>${key}</c>; give it a comparer that is case-blind.</summary>
    public ImmutableDictionary<string, string> GeneralText { get; init; } =
        ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names that <c>$[name,…]</c> and <c>$[image,name,…]</c> may call, case-blind; any other name is an error.</summary>
    public ImmutableHashSet<string> Routines { get; init => field = value.WithComparer(StringComparer.OrdinalIgnoreCase); } =
        ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Those of <see cref="Routines"/> whose silence is a "no": a DNS list that does not answer lists nobody. Case-blind.</summary>
    public ImmutableHashSet<string> SilentRoutines { get; init => field = value.WithComparer(StringComparer.OrdinalIgnoreCase); } =
        ImmutableHashSet.Create<string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Columns and lines longer than the ancestor takes (pattern 256, template 1024, line 4096) are errors.</summary>
    public bool StrictLimits { get; init; }
}
