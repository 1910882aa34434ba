using Postern.Mapping.Evaluation;
using Postern.Policy.Access;

namespace Postern.Policy.Callouts;

/// <summary>Keeps of an evaluation the callouts that had an answer, in the order met.</summary>
public sealed class CalloutTrace : IMappingTrace
{
    public List<ExplanationStep.Callout> Steps { get; } = [];

    public void Add(MappingStep step)
    {
        if (step is MappingStep.Answered answered) Steps.Add(ExplanationStep.Callout.Of(answered.Callout, answered.Answer));
    }
}
