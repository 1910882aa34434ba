using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;

namespace Postern.Mapping.Tests.Conformance;

/// <summary>Answers the callouts of a case: those it states, and the two routines that every case knows.</summary>
public sealed class CaseCallouts(ConformanceCase given)
{
    /// <summary>What was asked, in order: <c>kind|name|argument</c>.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>Maps, answering until no question is left.</summary>
    public MappingResult Map(MappingTable table, string input, MappingContext context)
    {
        MappingResult result = MappingEvaluator.Map(table, input, context);
        while (result is MappingResult.NeedsCallout { Callout: var callout })
        {
            Asked.Add(Name(callout));
            context = context with { Answers = context.Answers.With(callout, Answer(callout)) };
            result = MappingEvaluator.Map(table, input, context);
        }

        return result;
    }

    private static string Name(Callout callout) => $"{callout.Kind}|{callout.Name}|{callout.Argument}" + (callout.Occurrence > 0 ? $"|{callout.Occurrence}" : "");

    private CalloutAnswer Answer(Callout callout)
    {
        foreach (string answer in given.All("answer"))
        {
            string[] pair = answer.Split(" => ");
            if (pair[0] == Name(callout))
                return Read(pair[1]);
        }

        return callout.Name switch
        {
            "throttle" => Read(callout.Argument.EndsWith(",9.9.9.9", StringComparison.Ordinal) ? "yes" : "no"),
            "dnsv" => new CalloutAnswer.Success(Resolve(callout.Argument.Split('|'))),
            "echo" => new CalloutAnswer.Success(callout.Argument),
            _ => throw new InvalidDataException($"{given}: no answer to {Name(callout)}"),
        };
    }

    private static string Resolve(string[] parts) =>
        parts[0].EndsWith("ok.example", StringComparison.Ordinal) ? parts[1] : parts[2].Replace("%e", "unknown", StringComparison.Ordinal);

    private static CalloutAnswer Read(string answer) => answer switch
    {
        "no" => new CalloutAnswer.Failure(),
        "unavailable" => new CalloutAnswer.Unavailable(),
        "yes" => new CalloutAnswer.Success(""),
        _ => new CalloutAnswer.Success(answer["yes ".Length..]),
    };
}
