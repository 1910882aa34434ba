using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Directories;

namespace Postern.Policy.Tests.Directories;

/// <summary>A directory of a few entries in memory: equality, presence and their combinations, compared case-blind.</summary>
internal sealed class MemoryDirectory
{
    private readonly List<DirectoryEntry> _entries = [];

    /// <param name="attributes"><c>name: value</c> each.</param>
    public MemoryDirectory Add(string dn, params ReadOnlySpan<string> attributes)
    {
        List<KeyValuePair<string, ImmutableArray<string>>> read = [];
        foreach (string attribute in attributes)
        {
            string[] parts = attribute.Split(": ", 2);
            read.Add(KeyValuePair.Create(parts[0], (ImmutableArray<string>)[parts[1]]));
        }

        _entries.Add(new DirectoryEntry(dn, read));
        return this;
    }

    public CalloutAnswer.Entries Answer(Callout callout)
    {
        DirectorySearch search = DirectorySearch.Parse(callout.Argument, out string? fault) ?? throw new InvalidOperationException(fault);
        return new CalloutAnswer.Entries([.. _entries.Where(e => IsBelow(e.Name, search) && Fits(e, search.Filter))]);
    }

    private static bool IsBelow(string dn, DirectorySearch search) => search.Scope == SearchScope.Base
        ? dn.Equals(search.Base, StringComparison.OrdinalIgnoreCase)
        : dn.EndsWith(search.Base, StringComparison.OrdinalIgnoreCase);

    private static bool Fits(DirectoryEntry entry, DirectoryFilter filter) => filter switch
    {
        DirectoryFilter.And and => and.Parts.All(p => Fits(entry, p)),
        DirectoryFilter.Or or => or.Parts.Any(p => Fits(entry, p)),
        DirectoryFilter.Not not => !Fits(entry, not.Part),
        DirectoryFilter.Present => true,
        DirectoryFilter.Compare { Comparison: FilterComparison.Equal } equal => entry.Values(equal.Attribute).Contains(equal.Value, StringComparer.OrdinalIgnoreCase),
        _ => throw new NotSupportedException(filter.ToString()),
    };
}
