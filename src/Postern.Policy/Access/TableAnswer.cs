using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;

namespace Postern.Policy.Access;

/// <summary>What one table said to one probe.</summary>
public sealed record TableAnswer(MappingTable Table, string Input, MappingResult Result)
{
    /// <summary>The callouts that had an answer, in the order met.</summary>
    public ImmutableArray<ExplanationStep.Callout> Callouts { get; init; } = [];

    /// <summary>Why the table could not answer, or null. A table that cannot answer is never "no match".</summary>
    public string? Fault => Result switch
    {
        MappingResult.Fault fault => fault.Reason,
        MappingResult.NeedsCallout callout => $"the answer of callout \"{callout.Callout.Name}\" is needed",
        _ => null,
    };

    public AccessAnswer Answer => Result is MappingResult.Match { AllFailed: false } match
        ? AccessAnswerReader.Read(match.Output, match.Flags)
        : AccessAnswer.Permit;

    /// <summary>The answer of PORT_ACCESS, whose flags take their arguments in another order.</summary>
    public AccessAnswer AnswerOfConnection => Result is MappingResult.Match { AllFailed: false } match
        ? AccessAnswerReader.ReadOfConnection(match.Output, match.Flags)
        : AccessAnswer.Permit;

    /// <summary>The raw answer, for tables whose flags are not those of the recipient tables; nothing at all without a match.</summary>
    public (string Text, OutputFlags Flags) Output => Result is MappingResult.Match { AllFailed: false } match ? (match.Output, match.Flags) : ("", OutputFlags.None);

    /// <summary>What was asked outside, then the probe.</summary>
    public ImmutableArray<ExplanationStep> Steps(bool decides)
    {
        ExplanationStep.Probe probe = Probe(decides);
        if (Result is MappingResult.NeedsCallout needs) return [.. Callouts, ExplanationStep.Callout.Of(needs.Callout, null), probe];
        return [.. Callouts, probe];
    }

    private ExplanationStep.Probe Probe(bool decides)
    {
        RuleHit? hit = Result switch
        {
            MappingResult.Match match => match.Hit,
            MappingResult.Fault fault => fault.Hit,
            _ => null,
        };
        ExplanationStep.Entry? entry = hit is { } found
            ? new ExplanationStep.Entry(found.Entry.Position, found.Entry.PatternText, found.Entry.TemplateText)
            : null;
        return Result is MappingResult.Match { AllFailed: false } answered
            ? new ExplanationStep.Probe(Table.Name, Input, true, entry, answered.Captures, answered.Output, answered.Flags.ToString(), decides)
            : new ExplanationStep.Probe(Table.Name, Input, false, entry, [], Input, "", decides);
    }
}
