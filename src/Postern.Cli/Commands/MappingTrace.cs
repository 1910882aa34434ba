using Postern.Mapping.Evaluation;

namespace Postern.Cli.Commands;

/// <summary>The steps of one evaluation in the order taken.</summary>
internal sealed class MappingTrace : List<MappingStep>, IMappingTrace
{
    /// <summary>
    /// The steps as they are shown: entries whose patterns did not match are one <see cref="MappingStep.Skipped"/> each, and, unless
    /// all are wanted, only the last of those in a row is kept, with their number.
    /// </summary>
    public IEnumerable<(MappingStep Step, int Skipped)> Shown(bool everyEntry)
    {
        int skipped = 0;
        for (int i = 0; i < Count; i++)
        {
            if (this[i] is not MappingStep.Skipped) skipped = 0;
            else skipped++;
            bool goesOn = !everyEntry && this[i] is MappingStep.Skipped && i + 1 < Count && this[i + 1] is MappingStep.Skipped next && next.Depth == this[i].Depth;
            if (!goesOn)
            {
                yield return (this[i], skipped);
                skipped = 0;
            }
        }
    }
}
