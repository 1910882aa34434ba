using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;

namespace Postern.Policy.Aliases;

/// <summary>The aliases, groups and lists of the alias file. Immutable; look-ups are by canonical key.</summary>
public sealed class AliasTable
{
    private readonly FrozenDictionary<string, AliasDefinition> _byKey;

    private AliasTable(ImmutableArray<AliasDefinition> definitions)
    {
        Definitions = definitions;
        _byKey = definitions.ToFrozenDictionary(d => d.Key, StringComparer.Ordinal);
    }

    public static AliasTable Empty { get; } = new([]);

    /// <summary>In file order; the first of equal names only.</summary>
    public ImmutableArray<AliasDefinition> Definitions { get; }

    /// <param name="key">lower case, domain as A-label.</param>
    public AliasDefinition? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>Reads an alias file with its includes and member files. Every fault becomes a diagnostic; the rest is still read. No file, no aliases.</summary>
    public static AliasTable Load(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics)
    {
        if (!files.Exists(path)) return Empty;
        Dictionary<string, AliasDefinition> definitions = new(StringComparer.Ordinal);
        AliasLineParser parser = new(files, diagnostics);
        foreach (LogicalLine line in ConfigurationLines.Read(files, path, diagnostics).Where(l => !l.IsBlank))
        {
            if (parser.Parse(line) is not { } definition) continue;
            if (definitions.TryAdd(definition.Key, definition)) continue;
            SourcePosition first = definitions[definition.Key].Position;
            diagnostics.Add(Diagnostic.Warning(definition.Position, $"alias \"{definition.Name}\" is defined already at {first}; this one is ignored"));
        }

        return new AliasTable([.. definitions.Values]);
    }
}
