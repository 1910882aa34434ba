using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Postern.Mapping.Text;

namespace Postern.Mapping.Patterns;

/// <summary>The left column of a mapping entry (Administration Guide 6.3, "Mapping Entry Patterns"). It matches a whole text or nothing.</summary>
public sealed class Pattern
{
    /// <summary>Steps a pattern with a back match may take before it gives up; others need no limit.</summary>
    public const int StepLimit = 100_000;

    private readonly SegmentedPattern? _segmented;

    internal Pattern(string text, ImmutableArray<PatternElement> elements)
    {
        Text = text;
        Elements = elements;
        Saved = elements.Count(e => e.Saved);
        Runs = elements.Count(e => e is PatternElement.Many);
        HasBackMatch = elements.Any(e => e is PatternElement.BackMatch);
        _segmented = SegmentedPattern.Of(elements);
    }

    /// <summary>As written, quoting included.</summary>
    public string Text { get; }

    public ImmutableArray<PatternElement> Elements { get; }

    /// <summary>How many fields a match saves; only the first ten can be named.</summary>
    public int Saved { get; }

    /// <summary>How many elements match a run of free length.</summary>
    internal int Runs { get; }

    internal bool HasBackMatch { get; }

    /// <summary>Reads a pattern; false when there was an error. Warnings alone leave it usable.</summary>
    public static bool TryParse(string text, SourcePosition at, ICollection<Diagnostic> diagnostics, [NotNullWhen(true)] out Pattern? pattern)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(diagnostics);
        pattern = new PatternParser(text, at, diagnostics).Parse();
        return pattern is not null;
    }

    /// <summary>Compares the pattern with the whole of <paramref name="input"/>; linear in pattern times input, no allocation for probes of ordinary length.</summary>
    public PatternMatch Match(ReadOnlySpan<char> input) => _segmented?.Match(input) ?? PatternMatcher.Match(this, input);

    public override string ToString() => Text;
}
