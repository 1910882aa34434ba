using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;

namespace Postern.Policy.Aliases;

/// <summary>The aliases, groups and lists of the alias file. Immutable; look-ups are by canonical key.</summary>
/// <remarks>
/// What stands in files beside it (members, those who may post) is kept by path, so that such a file can be read again
/// without the rest: <see cref="WithFilesRead"/> gives a new table with the same definitions.
/// </remarks>
public sealed class AliasTable
{
    private readonly FrozenDictionary<string, AliasDefinition> _byKey;
    private readonly FrozenDictionary<string, AddressFile> _addresses;
    private readonly FrozenDictionary<string, UserPatternFile> _users;

    private AliasTable(
        ImmutableArray<AliasDefinition> definitions,
        FrozenDictionary<string, AliasDefinition> byKey,
        IEnumerable<KeyValuePair<string, AddressFile>> addresses,
        IEnumerable<KeyValuePair<string, UserPatternFile>> users)
    {
        Definitions = definitions;
        _byKey = byKey;
        _addresses = addresses.ToFrozenDictionary(StringComparer.Ordinal);
        _users = users.ToFrozenDictionary(StringComparer.Ordinal);
        FilePaths = [.. _addresses.Values.SelectMany(f => f.Paths).Concat(_users.Values.SelectMany(f => f.Paths)).Distinct(StringComparer.Ordinal)];
    }

    public static AliasTable Empty { get; } = new([], FrozenDictionary<string, AliasDefinition>.Empty, [], []);

    /// <summary>In file order; the first of equal names only.</summary>
    public ImmutableArray<AliasDefinition> Definitions { get; }

    /// <summary>The files of members and posters, with those they include: a change of one of them can be taken over alone.</summary>
    public ImmutableArray<string> FilePaths { get; }

    /// <param name="key">lower case, domain as A-label.</param>
    public AliasDefinition? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>The content of a file that a definition names.</summary>
    public AddressFile Addresses(string path) => _addresses[path];

    /// <summary>The content of a file that a definition names.</summary>
    public UserPatternFile Users(string path) => _users[path];

    /// <summary>The targets of an alias: its own, or those in its member file.</summary>
    /// <param name="unreadable">why they cannot be known now; null when they are.</param>
    public ImmutableArray<AliasTarget> TargetsOf(AliasDefinition alias, out string? unreadable)
    {
        unreadable = null;
        if (alias.MemberFile is not { } path) return alias.Targets;
        AddressFile file = Addresses(path);
        unreadable = file.Unreadable;
        return file.Targets;
    }

    /// <summary>Reads an alias file with its includes and the files it names. Every fault becomes a diagnostic; the rest is still read. No file, no aliases.</summary>
    public static AliasTable Load(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics)
    {
        if (!files.Exists(path)) return Empty;
        Dictionary<string, AliasDefinition> definitions = new(StringComparer.Ordinal);
        ListFiles lists = new(files, diagnostics);
        AliasLineParser parser = new(lists, diagnostics);
        foreach (LogicalLine line in ConfigurationLines.Read(files, path, diagnostics, LineLimits.Aliases).Where(l => !l.IsBlank))
        {
            if (parser.Parse(line) is not { } definition) continue;
            if (definitions.TryAdd(definition.Key, definition)) continue;
            SourcePosition first = definitions[definition.Key].Position;
            diagnostics.Add(Diagnostic.Warning(definition.Position, $"alias \"{definition.Name}\" is defined already at {first}; this one is ignored"));
        }

        return new AliasTable([.. definitions.Values], definitions.ToFrozenDictionary(StringComparer.Ordinal), lists.Addresses, lists.Users);
    }

    /// <summary>The table with some of <see cref="FilePaths"/> read again. A file with an error keeps its old content.</summary>
    /// <param name="changed">paths as in <see cref="FilePaths"/>.</param>
    public AliasTable WithFilesRead(ISourceFiles files, IReadOnlySet<string> changed, ICollection<Diagnostic> diagnostics) => new(
        Definitions,
        _byKey,
        _addresses.Select(f => KeyValuePair.Create(f.Key, f.Value.Paths.Any(changed.Contains) ? Again(f.Value, AddressFile.Read, files, f.Key, diagnostics) : f.Value)),
        _users.Select(f => KeyValuePair.Create(f.Key, f.Value.Paths.Any(changed.Contains) ? Again(f.Value, UserPatternFile.Read, files, f.Key, diagnostics) : f.Value)));

    private static T Again<T>(
        T old, Func<ISourceFiles, string, ICollection<Diagnostic>, T> read, ISourceFiles files, string path, ICollection<Diagnostic> diagnostics)
    {
        List<Diagnostic> found = [];
        T now = read(files, path, found);
        foreach (Diagnostic diagnostic in found) diagnostics.Add(diagnostic);
        return found.Exists(d => d.IsError) ? old : now;
    }
}
