using System.Collections.Immutable;
using Postern.Mapping.Automata;
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
        Automaton = new TableAutomaton([.. entries.Select(e => e.Pattern)]);
    }

    public string Name { get; }

    public SourcePosition Position { get; }

    /// <summary>In the order of the file; a table without entries never matches.</summary>
    public ImmutableArray<MappingEntry> Entries { get; }

    /// <summary>Finds the entry that decides; also what a proof explores.</summary>
    public TableAutomaton Automaton { get; }

    public IEntryMatcher Matcher => Automaton;

    public override string ToString() => Name;
}
