using System.Collections.Immutable;

namespace Postern.Mapping.Evaluation;

/// <summary>
/// What makes one question answer the same way each time it is asked again with one more callout answered: the random numbers of
/// the time before are used again, in order, before new ones are drawn, and the numbers of a sequence are told apart. Serves one
/// asking; a question that takes several evaluations shares one by <see cref="MappingContext.Replay"/>.
/// </summary>
public sealed class Replay(CalloutAnswers answers, Func<double> random)
{
    private List<double>? _draws;
    private Dictionary<string, int>? _sequences;

    internal CalloutAnswers Answers => answers;

    /// <summary>0 &lt;= x &lt; 1: the number of the time before if there was one, else a new one.</summary>
    internal double Draw()
    {
        _draws ??= [];
        double value = _draws.Count < answers.Draws.Length ? answers.Draws[_draws.Count] : random();
        _draws.Add(value);
        return value;
    }

    /// <summary>The answer to a callout; without one, null, and the question then knows the way to it.</summary>
    public CalloutAnswer? Find(ref Callout callout)
    {
        if (callout.Kind == CalloutKind.Sequence)
        {
            _sequences ??= new Dictionary<string, int>(StringComparer.Ordinal);
            int occurrence = _sequences.GetValueOrDefault(callout.Name);
            _sequences[callout.Name] = occurrence + 1;
            callout = callout with { Occurrence = occurrence };
        }

        CalloutAnswer? answer = answers.Find(callout);
        if (answer is null)
            callout = callout with { Draws = _draws is null ? [] : [.. _draws] };

        return answer;
    }
}
