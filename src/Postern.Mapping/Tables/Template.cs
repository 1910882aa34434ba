using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>The right column of a mapping entry (Administration Guide 6.3, "Mapping Entry Templates"), or the argument of a callout in it.</summary>
public sealed class Template
{
    internal Template(string text, ImmutableArray<TemplatePart> parts)
    {
        Text = text;
        Parts = parts;
    }

    public static Template Empty { get; } = new("", []);

    /// <summary>As written, quoting included.</summary>
    public string Text { get; }

    public ImmutableArray<TemplatePart> Parts { get; }

    /// <summary>Reads a template; false when there was an error. Warnings alone leave it usable.</summary>
    /// <param name="fields">how many fields the pattern saves; a higher number in the template is a warning.</param>
    public static bool TryParse(
        string text,
        int fields,
        MappingOptions options,
        SourcePosition at,
        ICollection<Diagnostic> diagnostics,
        [NotNullWhen(true)] out Template? template)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(diagnostics);
        template = new TemplateParser(text, whole: text, fields, options, at, diagnostics).Parse();
        return template is not null;
    }

    public override string ToString() => Text;
}
