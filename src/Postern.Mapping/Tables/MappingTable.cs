using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>A named list of entries, tried from the top.</summary>
public sealed class MappingTable
{
    internal MappingTable(string name, SourcePosition position, ImmutableArray<MappingEntry> entries)
    {
        Name = name;
        Position = position;
        Entries = entries;
        Matcher = new SequentialEntryMatcher(entries);
    }

    public string Name { get; }

    public SourcePosition Position { get; }

    /// <summary>In the order of the file; a table without entries never matches.</summary>
    public ImmutableArray<MappingEntry> Entries { get; }

    public IEntryMatcher Matcher { get; }

    public override string ToString() => Name;
}
