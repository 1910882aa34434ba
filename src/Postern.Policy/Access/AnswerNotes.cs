using System.Collections.Immutable;
using System.Globalization;

namespace Postern.Policy.Access;

/// <summary>What a reader must know of an answer that neither its probe nor the reply shows.</summary>
internal static class AnswerNotes
{
    public static ImmutableArray<ExplanationStep> Of(AccessAnswer answer)
    {
        ImmutableArray<ExplanationStep> notes = [];
        if (answer.Doubt is { } doubt) notes = notes.Add(new ExplanationStep.Note(doubt));
        if (answer.ScoreAdjustment != 0)
            notes = notes.Add(new ExplanationStep.Note($"spam score adjusted by {answer.ScoreAdjustment.ToString(CultureInfo.InvariantCulture)}"));
        return notes;
    }
}
