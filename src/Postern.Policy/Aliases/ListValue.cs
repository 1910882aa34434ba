using System.Text;
using Postern.Mapping.Text;

namespace Postern.Policy.Aliases;

/// <summary>The value of a list parameter: quotes taken off, and the character behind it that says how a field is added.</summary>
/// <param name="Written">the whole parameter as in the file, for messages.</param>
/// <param name="Text">without quotes; a modifier is still at its end unless the value was quoted.</param>
/// <param name="Modifier">what stood behind a closing quote; null without quotes or when nothing did.</param>
internal sealed record ListValue(SourcePosition Position, string Written, string Text, bool WasQuoted, char? Modifier)
{
    private const string Modifiers = "*&^\\";

    /// <returns>null when a quote is not closed, or more than one character stands behind it.</returns>
    public static ListValue? Parse(SourcePosition at, string written, string value)
    {
        if (!value.StartsWith('"')) return new ListValue(at, written, value, false, null);
        StringBuilder text = new();
        int i = 1;
        for (; i < value.Length && value[i] != '"'; i++)
        {
            if (value[i] == '\\' && i + 1 < value.Length) i++;
            text.Append(value[i]);
        }

        string rest = i < value.Length ? value[(i + 1)..].Trim() : "?";
        return rest switch
        {
            "" => new ListValue(at, written, text.ToString(), true, null),
            [var c] when Modifiers.Contains(c, StringComparison.Ordinal) => new ListValue(at, written, text.ToString(), true, c),
            _ => null,
        };
    }

    /// <summary>The value without its modifier, and the modifier; 0 for none.</summary>
    public (string Text, char Modifier) Split()
    {
        if (WasQuoted) return (Text, Modifier ?? '\0');
        return Text.Length > 0 && Modifiers.Contains(Text[^1], StringComparison.Ordinal) ? (Text[..^1].TrimEnd(), Text[^1]) : (Text, '\0');
    }
}
