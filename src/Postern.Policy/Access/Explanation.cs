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
    public ExplanationStep.Probe? Deciding
    {
        get
        {
            for (int i = Steps.Length - 1; i >= 0; i--)
            {
                if (Steps[i] is ExplanationStep.Probe { Decides: true } probe) return probe;
            }

            return null;
        }
    }

    /// <summary>How the address as it was given was read, or null.</summary>
    public ExplanationStep.Rewrite? FirstRewrite
    {
        get
        {
            foreach (ExplanationStep step in Steps)
            {
                if (step is ExplanationStep.Rewrite rewrite) return rewrite;
            }

            return null;
        }
    }
}
