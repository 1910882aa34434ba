using System.Collections.Immutable;

namespace Postern.Mapping.Patterns;

/// <summary>
/// Tells people why a pattern does not match: which of its elements finds nothing to match, whatever those before it take. The
/// pattern is tried again, cut behind its first element, its second, and so on; nobody should call this for every probe.
/// </summary>
public static class PatternMiss
{
    /// <summary>One line, lower case; null when the pattern matches.</summary>
    public static string? Why(Pattern pattern, string text)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(text);
        switch (pattern.Match(text).Outcome)
        {
            case PatternOutcome.Match:
                return null;
            case PatternOutcome.StepLimit:
                return $"a back match takes more than {Pattern.StepLimit} steps";
        }

        PatternElement rest = new PatternElement.Many(CharacterSet.All, Lazy: true, Save: false);
        for (int i = 0; i < pattern.Elements.Length; i++)
        {
            ImmutableArray<PatternElement> start = [.. pattern.Elements[..(i + 1)], rest];
            if (new Pattern(pattern.Text, start).Match(text).Outcome == PatternOutcome.NoMatch)
                return Missing(pattern.Elements[i], isFirst: i == 0);
        }

        return pattern.Elements is [] ? "the text is not empty" : "text is left over at the end";
    }

    private static string Missing(PatternElement element, bool isFirst) => element switch
    {
        PatternElement.Literal literal when isFirst => $"the text does not begin with \"{literal.Text}\"",
        PatternElement.Literal literal => $"no \"{literal.Text}\" where it is wanted",
        PatternElement.One => "no character of its set where one is wanted",
        PatternElement.BackMatch back => $"the text of ${back.Field} does not come again where it is wanted",
        PatternElement.Network4 or PatternElement.Network6 => "no address of the network where one is wanted",
        _ => "no run of characters where one is wanted",
    };
}
