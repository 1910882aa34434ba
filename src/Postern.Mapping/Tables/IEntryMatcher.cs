namespace Postern.Mapping.Tables;

/// <summary>Finds the deciding entry of one table. The evaluator knows no other way to look at patterns.</summary>
public interface IEntryMatcher
{
    /// <summary>
    /// The first entry at or after <paramref name="from"/> whose pattern matches the whole probe. An entry that reaches its step
    /// limit ends the search: what it would have said is unknown, so no later entry may decide.
    /// </summary>
    EntryMatch First(ReadOnlySpan<char> probe, int from);
}
