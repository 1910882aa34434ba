using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Postern.Mapping.Patterns;

/// <summary>The answer of a pattern: matched or not, and where in the text its fields lie. Holds no text and allocates nothing.</summary>
public readonly struct PatternMatch
{
    /// <summary>Fields beyond <c>$9</c> cannot be named by a template and are not kept.</summary>
    public const int MaxFields = 10;

    private readonly Ranges _ranges;

    internal PatternMatch(PatternOutcome outcome) => Outcome = outcome;

    internal PatternMatch(ReadOnlySpan<Range> fields)
    {
        Outcome = PatternOutcome.Match;
        FieldCount = Math.Min(fields.Length, MaxFields);
        fields[..FieldCount].CopyTo(_ranges);
    }

    public PatternOutcome Outcome { get; }

    public bool IsMatch => Outcome == PatternOutcome.Match;

    /// <summary>0 to <see cref="MaxFields"/>; 0 unless matched.</summary>
    public int FieldCount { get; }

    /// <summary>Where field <paramref name="field"/> lies in the text that was matched.</summary>
    public Range this[int field]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(field, FieldCount);
            return _ranges[field];
        }
    }

    /// <summary>The fields as text.</summary>
    /// <param name="text">the text that was matched.</param>
    public ImmutableArray<string> Texts(ReadOnlySpan<char> text)
    {
        if (FieldCount == 0)
            return [];

        ImmutableArray<string>.Builder texts = ImmutableArray.CreateBuilder<string>(FieldCount);
        for (int i = 0; i < FieldCount; i++)
            texts.Add(text[_ranges[i]].ToString());

        return texts.MoveToImmutable();
    }

    [InlineArray(MaxFields)]
    private struct Ranges
    {
        private Range _first;
    }
}
