using System.IO.Enumeration;

namespace Postern.Queue;

/// <summary>A text with <c>*</c> for any text, also for none, letter case ignored.</summary>
public static class TextPattern
{
    /// <summary>For the system call's matcher a backslash escapes and a question mark is any character; here both are themselves.</summary>
    public static bool Matches(string pattern, string text) =>
        pattern.Contains('*', StringComparison.Ordinal)
            ? text.Length == 0 ? !pattern.AsSpan().ContainsAnyExcept('*') : FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("?", "\\?", StringComparison.Ordinal), text)
            : string.Equals(pattern, text, StringComparison.OrdinalIgnoreCase);
}
