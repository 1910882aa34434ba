using Postern.Mapping.Text;

namespace Postern.Policy.Rewriting;

/// <summary>One line of the first part of the configuration file.</summary>
/// <param name="Pattern">as written, with its tag if it has one.</param>
/// <param name="Key">the pattern as probes spell it.</param>
public sealed record RewriteRule(SourcePosition Position, string Pattern, string Key, string TemplateText, RewriteTemplate Template)
{
    /// <summary>The rule for an explanation; made once, since every decision names the rules it tried.</summary>
    public string Text { get; } = $"{Pattern} {TemplateText}";

    public override string ToString() => Text;
}
