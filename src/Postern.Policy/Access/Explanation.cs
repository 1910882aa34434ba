using System.Collections.Immutable;

namespace Postern.Policy.Access;

/// <summary>
/// The path of one decision, in the order in which it was walked. Log, command line and console print the same one.
/// </summary>
public sealed record Explanation(ImmutableArray<ExplanationStep> Steps)
{
    public static Explanation Empty { get; } = new([]);

    public Explanation Add(ExplanationStep step) => new(Steps.Add(step));

    public Explanation Add(ImmutableArray<ExplanationStep> steps) => new(Steps.AddRange(steps));

    /// <summary>The probe whose entry refused, or null.</summary>
    public ExplanationStep.Probe? Deciding => Steps.OfType<ExplanationStep.Probe>().LastOrDefault(p => p.Decides);
}
