using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Postern.Mapping.Evaluation;

/// <summary>One entry a directory answered with. Attribute names are compared case-blind, without options.</summary>
/// <param name="name">the distinguished name.</param>
public sealed class DirectoryEntry(string name, IEnumerable<KeyValuePair<string, ImmutableArray<string>>> attributes)
{
    private readonly FrozenDictionary<string, ImmutableArray<string>> _attributes = attributes
        .GroupBy(a => a.Key, StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(g => g.Key, g => g.SelectMany(a => a.Value).ToImmutableArray(), StringComparer.OrdinalIgnoreCase);

    /// <summary>The distinguished name.</summary>
    public string Name { get; } = name;

    /// <summary>All values of an attribute; empty when the entry has none.</summary>
    public ImmutableArray<string> Values(string attribute) => _attributes.GetValueOrDefault(attribute, []);

    /// <summary>The first value of an attribute, or null.</summary>
    public string? First(string attribute) => Values(attribute) is [var first, ..] ? first : null;

    /// <summary>The first value of any attribute, or null: what a URL that names no attribute is after.</summary>
    public string? First() => _attributes.Values.SelectMany(v => v).FirstOrDefault();

    public override string ToString() => Name;
}
