using Postern.Mapping.Patterns;

namespace Postern.Mapping.Tables;

/// <summary>The first entry that answered, and its answer.</summary>
/// <param name="Index">position in the table's entries; the number of entries when none matched.</param>
/// <param name="Pattern">match or step limit of that entry; no match when none matched.</param>
public readonly record struct EntryMatch(int Index, PatternMatch Pattern);
