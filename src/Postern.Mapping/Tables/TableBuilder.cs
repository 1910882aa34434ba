using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>Collects the entries of one table and finds what only the whole table shows.</summary>
internal sealed class TableBuilder(string name, SourcePosition position)
{
    private readonly ImmutableArray<MappingEntry>.Builder _entries = ImmutableArray.CreateBuilder<MappingEntry>();

    public string Name => name;

    public void Add(SourcePosition at, EntryColumns columns, MappingOptions options, ICollection<Diagnostic> diagnostics)
    {
        // Both columns are read even when the first is wrong: all errors are reported at once.
        bool hasPattern = Pattern.TryParse(columns.Pattern, at, diagnostics, out Pattern? pattern);
        int fields = pattern?.Saved ?? PatternMatch.MaxFields;
        if (Template.TryParse(columns.Template, fields, options, at, diagnostics, out Template? template) && hasPattern)
            _entries.Add(new MappingEntry(at, pattern!, template));
    }

    /// <param name="tables">the names of all tables of the set.</param>
    public MappingTable Build(IReadOnlySet<string> tables, ICollection<Diagnostic> diagnostics)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            MappingEntry entry = _entries[i];
            if (i < _entries.Count - 1 && EndsMappingByFailing(entry.Template))
            {
                diagnostics.Add(Diagnostic.Warning(
                    entry.Position,
                    $"entry \"{entry.PatternText}\" can fail without \"$C\", \"$L\" or \"$R\" before it, which ends the mapping and hides the entries below"));
            }

            foreach (TemplatePart.Table call in entry.Template.Parts.OfType<TemplatePart.Table>())
            {
                if (call.Name.Parts is [TemplatePart.Literal literal] && !tables.Contains(literal.Text))
                    diagnostics.Add(Diagnostic.Warning(entry.Position, $"no table \"{literal.Text}\"; this part always fails"));
            }
        }

        MappingTable table = new(name, position, _entries.ToImmutable());
        EntryReach.Check(table, diagnostics);
        return table;
    }

    private static bool EndsMappingByFailing(Template template)
    {
        MappingControl control = MappingControl.None;
        foreach (TemplatePart part in template.Parts)
        {
            if (part is TemplatePart.Control { Value: var value })
                control = value;
            else if (part is TemplatePart.EndNow)
                return false;
            else if (part.CanFail && control is MappingControl.None or MappingControl.End)
                return true;
        }

        return false;
    }
}
