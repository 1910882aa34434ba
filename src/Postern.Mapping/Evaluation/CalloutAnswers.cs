using System.Collections.Immutable;

namespace Postern.Mapping.Evaluation;

/// <summary>What is known so far about the callouts of one evaluation; immutable.</summary>
public sealed class CalloutAnswers
{
    private readonly ImmutableDictionary<Callout, CalloutAnswer> _answers;

    private CalloutAnswers(ImmutableDictionary<Callout, CalloutAnswer> answers, ImmutableArray<double> draws)
    {
        _answers = answers;
        Draws = draws;
    }

    public static CalloutAnswers Empty { get; } = new(ImmutableDictionary<Callout, CalloutAnswer>.Empty, []);

    public bool IsEmpty => _answers.IsEmpty;

    /// <summary>The random numbers of the run that asked last; the replay uses them before it draws new ones.</summary>
    internal ImmutableArray<double> Draws { get; }

    public CalloutAnswers With(Callout callout, CalloutAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(callout);
        return new CalloutAnswers(_answers.SetItem(callout, answer), callout.Draws);
    }

    /// <summary>The answer, or null when it was not asked yet.</summary>
    public CalloutAnswer? Find(Callout callout) => _answers.GetValueOrDefault(callout);
}
