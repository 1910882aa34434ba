using Postern.Mapping.Tables;

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
}
