using Postern.Mapping.Patterns;

namespace Postern.Mapping.Tests.Patterns;

/// <summary>The definition of matching written down as directly as possible: slow, obvious, recursive, without memo or limit.</summary>
internal static class NaiveMatcher
{
    /// <summary>The saved fields, or null when the pattern does not match the whole text.</summary>
    public static string[]? Match(Pattern pattern, string text) => Match([.. pattern.Elements], text, []);

    private static string[]? Match(PatternElement[] elements, string text, string[] fields)
    {
        if (elements.Length == 0)
            return text.Length == 0 ? fields : null;

        foreach (int length in Lengths(elements[0], text, fields))
        {
            string[] saved = elements[0].Saved ? [.. fields, text[..length]] : fields;
            if (Match(elements[1..], text[length..], saved) is { } found)
                return found;
        }

        return null;
    }

    // The lengths an element may take from the front of the text, the preferred one first.
    private static IEnumerable<int> Lengths(PatternElement element, string text, string[] fields)
    {
        IEnumerable<int> all = Enumerable.Range(0, text.Length + 1);
        return element switch
        {
            PatternElement.Literal literal => all.Where(n => Same(text[..n], literal.Text)),
            PatternElement.BackMatch back => all.Where(n => Same(text[..n], fields[back.Field])),
            PatternElement.One one => all.Where(n => n == 1 && one.Set.Contains(text[0])),
            PatternElement.Many { Lazy: true } many => all.Where(n => text[..n].All(many.Set.Contains)),
            PatternElement.Many many => all.Where(n => text[..n].All(many.Set.Contains)).Reverse(),
            _ => throw new NotSupportedException(element.ToString()),
        };
    }

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
