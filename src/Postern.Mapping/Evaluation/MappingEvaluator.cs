using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Mapping.Evaluation;

/// <summary>Maps a string through a table.</summary>
public static class MappingEvaluator
{
    /// <summary>
    /// Tries the entries of <paramref name="table"/> on <paramref name="input"/>. Pure: the same arguments give the same result,
    /// and a callout ends the run with <see cref="MappingResult.NeedsCallout"/> until the context holds its answer.
    /// </summary>
    /// <param name="trace">hears of every step; null costs nothing.</param>
    public static MappingResult Map(MappingTable table, string input, MappingContext context, IMappingTrace? trace = null)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(context);
        return new MappingRun(context, trace).Map(table, input, depth: 0);
    }

    /// <summary>
    /// The flags alone, without text and without allocation, where the deciding entry sets the same flags on every probe and ends
    /// the mapping, as nearly all entries of access tables do. False when <see cref="Map"/> has to be asked.
    /// </summary>
    /// <param name="hit">the deciding entry; null when none matched.</param>
    public static bool TryFlags(MappingTable table, ReadOnlySpan<char> probe, out OutputFlags flags, out RuleHit? hit)
    {
        ArgumentNullException.ThrowIfNull(table);
        flags = OutputFlags.None;
        hit = null;
        EntryMatch found = table.Matcher.First(probe, 0);
        if (found.Index == table.Entries.Length)
            return true;

        MappingEntry entry = table.Entries[found.Index];
        Template template = entry.Template;
        // An output that could be too long makes the entry fail, and its flags are dropped.
        bool fits = template.Text.Length + ((long)template.Fields * probe.Length) <= MappingLimits.Output;
        if (found.Pattern.Outcome == PatternOutcome.StepLimit || template.PlainFlags is not { } plain || !fits)
            return false;

        flags = plain;
        hit = new RuleHit(table, entry);
        return true;
    }
}
