using System.Collections.Immutable;

namespace Postern.Mapping.Evaluation;

/// <summary>The answer of a mapping table.</summary>
public abstract record MappingResult
{
    private MappingResult()
    {
    }

    /// <summary>At least one pattern matched.</summary>
    /// <param name="Output">the final string, without flags.</param>
    /// <param name="Flags">of the last entry that succeeded.</param>
    /// <param name="Hit">the last entry whose pattern matched.</param>
    /// <param name="Captures">the fields of <paramref name="Hit"/>.</param>
    /// <param name="Passes">1 plus the restarts from the top.</param>
    public sealed record Match(string Output, OutputFlags Flags, RuleHit? Hit, ImmutableArray<string> Captures, int Passes) : MappingResult
    {
        /// <summary>Every entry that matched failed and sent the search on: callers treat this like <see cref="NoMatch"/>.</summary>
        public bool AllFailed { get; init; }
    }

    /// <summary>No pattern matched; the caller decides what that means.</summary>
    public sealed record NoMatch : MappingResult;

    /// <summary>Answer the question and map again with <see cref="CalloutAnswers.With"/>.</summary>
    public sealed record NeedsCallout(Callout Callout) : MappingResult;

    /// <summary>Cannot tell: a limit was reached or a callout is unavailable. Never to be read as "no match".</summary>
    public sealed record Fault(string Reason, RuleHit? Hit) : MappingResult;
}
