using System.Collections.Immutable;
using Postern.Mapping.Patterns;

namespace Postern.Mapping.Tables;

/// <summary>Tries one pattern after the other: the plain meaning of a table, and the measure for any faster matcher.</summary>
public sealed class SequentialEntryMatcher(ImmutableArray<MappingEntry> entries) : IEntryMatcher
{
    public EntryMatch First(ReadOnlySpan<char> probe, int from)
    {
        for (int i = from; i < entries.Length; i++)
        {
            PatternMatch match = entries[i].Pattern.Match(probe);
            if (match.Outcome != PatternOutcome.NoMatch)
                return new EntryMatch(i, match);
        }

        return new EntryMatch(entries.Length, default);
    }
}
