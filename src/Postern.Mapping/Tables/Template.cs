using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>The right column of a mapping entry (Administration Guide 6.3, "Mapping Entry Templates"), or the argument of a callout in it.</summary>
public sealed class Template
{
    internal Template(string text, ImmutableArray<TemplatePart> parts)
    {
        Text = text;
        Parts = parts;
        PlainFlags = FindPlainFlags(parts);
        Fields = parts.Count(p => p is TemplatePart.Field);
    }

    public static Template Empty { get; } = new("", []);

    /// <summary>As written, quoting included.</summary>
    public string Text { get; }

    public ImmutableArray<TemplatePart> Parts { get; }

    /// <summary>Whether the search never goes on behind an entry with this template, be the template carried out or failed.</summary>
    internal bool AlwaysEnds => !Rescans && !Controls.Any(c => c is MappingControl.Continue or MappingControl.Loop);

    /// <summary>Whether the search may go on behind an entry with this template with another string.</summary>
    internal bool MayContinueChanged => Rescans || Controls.LastOrDefault() is MappingControl.Continue or MappingControl.Loop;

    // Answered text is template text again and can hold any control.
    private bool Rescans => Parts.Any(p => p is TemplatePart.GeneralText or TemplatePart.Routine);

    /// <summary>The flags, when the template sets the same ones on every probe, cannot fail and ends the mapping; else null.</summary>
    internal OutputFlags? PlainFlags { get; }

    /// <summary>How many fields the template puts out.</summary>
    internal int Fields { get; }

    private IEnumerable<MappingControl> Controls => Parts.TakeWhile(p => p is not TemplatePart.EndNow).OfType<TemplatePart.Control>().Select(c => c.Value)
        .Concat(Parts.OfType<TemplatePart.EndNow>().Take(1).Select(_ => MappingControl.End));

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

    private static OutputFlags? FindPlainFlags(ImmutableArray<TemplatePart> parts)
    {
        OutputFlags flags = OutputFlags.None;
        foreach (TemplatePart part in parts)
        {
            switch (part)
            {
                case TemplatePart.Flag flag:
                    flags = flags.With(flag.Value);
                    break;
                case TemplatePart.EndNow:
                    return flags;
                case TemplatePart.Literal or TemplatePart.Field or TemplatePart.Case or TemplatePart.Control { Value: MappingControl.End }:
                    break;
                default:
                    return null;
            }
        }

        return flags;
    }
}
