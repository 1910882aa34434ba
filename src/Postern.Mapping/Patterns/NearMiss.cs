using System.Collections.Immutable;

namespace Postern.Mapping.Patterns;

/// <summary>Finds patterns that fail a text at its last field only: what a reader of a table takes for a match at first sight.</summary>
public static class NearMiss
{
    private const char Separator = '|';

    /// <summary>The last field of the pattern, as written, when all fields before it match and it does not; null otherwise.</summary>
    public static string? LastField(Pattern pattern, string text)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(text);
        int end = text.LastIndexOf(Separator);
        int cut = pattern.Text.LastIndexOf(Separator);
        if (end < 0 || cut < 0 || pattern.Match(text).Outcome != PatternOutcome.NoMatch) return null;
        int last = pattern.Elements.Length - 1;
        while (last >= 0 && !(pattern.Elements[last] is PatternElement.Literal literal && literal.Text.Contains(Separator, StringComparison.Ordinal))) last--;
        if (last < 0) return null;

        string ending = ((PatternElement.Literal)pattern.Elements[last]).Text;
        PatternElement.Literal before = new(ending[..(ending.LastIndexOf(Separator) + 1)]);
        ImmutableArray<PatternElement> start = [.. pattern.Elements[..last], before];
        return new Pattern(pattern.Text, start).Match(text.AsSpan(0, end + 1)).IsMatch ? pattern.Text[(cut + 1)..] : null;
    }
}
