using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>All tables of one mappings file with its includes; immutable, so that a reload swaps it whole.</summary>
public sealed class MappingSet
{
    private readonly FrozenDictionary<string, MappingTable> _byName;

    internal MappingSet(ImmutableArray<MappingTable> tables, MappingOptions options)
    {
        Tables = tables;
        Options = options;
        _byName = tables.ToFrozenDictionary(t => t.Name, StringComparer.OrdinalIgnoreCase);
    }

    public static MappingSet Empty { get; } = new([], MappingOptions.Default);

    /// <summary>In the order of the file.</summary>
    public ImmutableArray<MappingTable> Tables { get; }

    public MappingOptions Options { get; }

    /// <summary>The table of that name, compared case-blind, or null.</summary>
    public MappingTable? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>
    /// Reads a mappings file and what it includes (Administration Guide 6.3, "Mappings File"). Never throws on bad text: every
    /// finding is added to <paramref name="diagnostics"/>, and a set with an error among them must not become live.
    /// </summary>
    public static MappingSet Load(ISourceFiles files, string path, MappingOptions options, ICollection<Diagnostic> diagnostics)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(diagnostics);
        return new MappingLoader(files, options, diagnostics).Load(path);
    }

    /// <summary>
    /// Compares the tables with what their users make of them, and warns of a table that no one consults, directly or by
    /// <c>$|table;arg|</c>, and of an entry that sets a flag its table's user does not know.
    /// </summary>
    /// <param name="uses">every table the server looks at by itself; those that are not in the set are no finding.</param>
    /// <param name="anyTable">the server computes names of tables, so that none can be called unused.</param>
    public void Review(IEnumerable<TableUse> uses, bool anyTable, ICollection<Diagnostic> diagnostics)
    {
        ArgumentNullException.ThrowIfNull(uses);
        ArgumentNullException.ThrowIfNull(diagnostics);
        new UseReview(this, uses).Run(anyTable, diagnostics);
    }
}
