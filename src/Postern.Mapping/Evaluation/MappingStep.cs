using System.Collections.Immutable;

namespace Postern.Mapping.Evaluation;

/// <summary>One step of an evaluation, in the order taken.</summary>
/// <param name="Depth">0 in the table that was asked, 1 in a table it called with <c>$|table;arg|</c>, and so on.</param>
public abstract record MappingStep(int Depth)
{
    /// <summary>The pattern of an entry did not match.</summary>
    public sealed record Skipped(int Depth, RuleHit Hit, string Input) : MappingStep(Depth);

    /// <summary>The pattern of an entry matched.</summary>
    public sealed record Matched(int Depth, RuleHit Hit, string Input, ImmutableArray<string> Captures) : MappingStep(Depth);

    /// <summary>The template of the entry matched last was carried out.</summary>
    public sealed record Succeeded(int Depth, RuleHit Hit, string Output, OutputFlags Flags, MappingControl Control) : MappingStep(Depth);

    /// <summary>A part of the template failed; the input stays, flags and output of the entry are dropped.</summary>
    /// <param name="Control">what the template said to the left of the failing part.</param>
    public sealed record Failed(int Depth, RuleHit Hit, string Reason, MappingControl Control) : MappingStep(Depth);

    /// <summary>A pass from the top begins.</summary>
    /// <param name="Pass">2 or more.</param>
    public sealed record Restarted(int Depth, int Pass, string Input) : MappingStep(Depth);

    /// <summary>More than ten passes in a row did not make the string shorter: the mapping ends as it is.</summary>
    public sealed record RestartRefused(int Depth, string Input) : MappingStep(Depth);

    /// <summary>A table was called by <c>$|table;arg|</c>.</summary>
    public sealed record Entered(int Depth, string Table, string Input) : MappingStep(Depth);

    /// <summary>A callout had an answer.</summary>
    public sealed record Answered(int Depth, Callout Callout, CalloutAnswer Answer) : MappingStep(Depth);
}
