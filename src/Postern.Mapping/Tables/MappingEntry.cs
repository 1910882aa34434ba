using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>One line of a mapping table.</summary>
public sealed class MappingEntry
{
    internal MappingEntry(SourcePosition position, Pattern pattern, Template template)
    {
        Position = position;
        Pattern = pattern;
        Template = template;
    }

    public SourcePosition Position { get; }

    public Pattern Pattern { get; }

    public Template Template { get; }

    /// <summary>The left column as written.</summary>
    public string PatternText => Pattern.Text;

    /// <summary>The right column as written; empty when there is none.</summary>
    public string TemplateText => Template.Text;

    public override string ToString() => $"{Position}: {PatternText} {TemplateText}";
}
