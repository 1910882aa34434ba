using System.Collections.Immutable;

namespace Postern.Policy.Aliases;

/// <summary>Splits the right side of an alias at commas. Quoted strings, address literals and comments in parentheses keep theirs.</summary>
internal static class ItemSplitter
{
    /// <returns>items without surrounding white space, empty ones included.</returns>
    public static ImmutableArray<string> Split(string text)
    {
        ImmutableArray<string>.Builder items = ImmutableArray.CreateBuilder<string>();
        int start = 0, depth = 0;
        bool quoted = false, literal = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && (quoted || depth > 0)) i++;
            else if (quoted) quoted = c != '"';
            else if (c == '"') quoted = true;
            else if (c == '(') depth++;
            else if (c == ')' && depth > 0) depth--;
            else if (depth > 0) continue;
            else if (c == '[') literal = true;
            else if (c == ']') literal = false;
            else if (c == ',' && !literal)
            {
                items.Add(text[start..i].Trim());
                start = i + 1;
            }
        }

        items.Add(text[start..].Trim());
        return items.ToImmutable();
    }

    /// <summary>The text without comments in parentheses, and of <c>Phrase &lt;address&gt;</c> the address alone.</summary>
    public static string Address(string item)
    {
        string text = WithoutComments(item).Trim();
        int open = text.LastIndexOf('<');
        return open >= 0 && text.EndsWith('>') ? text[(open + 1)..^1].Trim() : text;
    }

    private static string WithoutComments(string text)
    {
        if (!text.Contains('(', StringComparison.Ordinal)) return text;
        System.Text.StringBuilder kept = new(text.Length);
        int depth = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\' && i + 1 < text.Length)
            {
                if (depth == 0) kept.Append(c).Append(text[i + 1]);
                i++;
                continue;
            }

            if (depth == 0 && c == '"') quoted = !quoted;
            if (!quoted && c == '(') depth++;
            if (depth == 0) kept.Append(c);
            if (!quoted && c == ')' && depth > 0) depth--;
        }

        return kept.ToString();
    }
}
