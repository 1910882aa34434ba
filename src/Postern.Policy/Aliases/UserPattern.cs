using System.Diagnostics.CodeAnalysis;
using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Policy.Aliases;

/// <summary>
/// A pattern for authenticated user names (Technical Reference, "Alias file named parameters", USERNAME_ forms). Names that
/// SASL checked are written with a <c>*</c> before them; that star is a mark and no wildcard, or <c>*bob</c> would let in
/// everybody whose name ends so. A lone <c>*</c> is any user.
/// </summary>
public sealed class UserPattern
{
    private readonly Pattern _pattern;

    private UserPattern(string text, Pattern pattern)
    {
        Text = text;
        _pattern = pattern;
    }

    /// <summary>As written.</summary>
    public string Text { get; }

    public static bool TryParse(string text, SourcePosition at, [NotNullWhen(true)] out UserPattern? pattern)
    {
        string glob = text.Length > 1 && text[0] == '*' ? text[1..] : text;
        pattern = Pattern.TryParse(glob, at, [], out Pattern? parsed) ? new UserPattern(text, parsed) : null;
        return pattern is not null;
    }

    /// <param name="user">the address of the user who authenticated; null never matches.</param>
    public bool Matches(string? user) => user is not null && _pattern.Match(user).IsMatch;
}
