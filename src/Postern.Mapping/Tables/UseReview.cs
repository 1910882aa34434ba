using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>Finds tables that no one consults, flags that no one reads and flags that must not be used.</summary>
internal sealed class UseReview
{
    private readonly MappingSet _set;
    private readonly Dictionary<string, TableUse> _uses = new(StringComparer.OrdinalIgnoreCase);

    public UseReview(MappingSet set, IEnumerable<TableUse> uses)
    {
        _set = set;
        foreach (TableUse use in uses)
        {
            TableUse? other = _uses.GetValueOrDefault(use.Name);
            _uses[use.Name] = use with { Flags = other?.Flags + use.Flags, Inert = other?.Inert + use.Inert, Refused = other?.Refused + use.Refused };
        }
    }

    /// <param name="anyTable">whoever consults tables may compute their names: none is called unused.</param>
    public void Run(bool anyTable, ICollection<Diagnostic> diagnostics)
    {
        HashSet<string>? consulted = anyTable ? null : Consulted();
        foreach (MappingTable table in _set.Tables)
        {
            if (consulted?.Contains(table.Name) == false)
                diagnostics.Add(Diagnostic.Warning(table.Position, $"table \"{table.Name}\" is never consulted"));

            if (_uses.TryGetValue(table.Name, out TableUse? use))
                CheckFlags(table, use, diagnostics);
        }
    }

    // Null when a template computes the name of a table: then any may be consulted.
    private HashSet<string>? Consulted()
    {
        HashSet<string> names = new(_uses.Keys, StringComparer.OrdinalIgnoreCase);
        Queue<string> open = new(names);
        while (open.TryDequeue(out string? name))
        {
            foreach (TemplatePart part in _set.Find(name)?.Entries.SelectMany(e => e.Template.Parts) ?? [])
            {
                if (AnswersTemplateText(part))
                    return null;

                if (part is not TemplatePart.Table call)
                    continue;

                if (call.Name.Parts is not [TemplatePart.Literal literal])
                    return null;

                if (names.Add(literal.Text))
                    open.Enqueue(literal.Text);
            }
        }

        return names;
    }

    // Text that is read as a template again may name any table.
    private bool AnswersTemplateText(TemplatePart part) => part switch
    {
        TemplatePart.GeneralText => _set.Options.GeneralText.Values.Any(v => v.Contains('$', StringComparison.Ordinal)),
        TemplatePart.Routine routine => routine.Argument.Parts.OfType<TemplatePart.Literal>().Any(l => l.Text.Contains("$|", StringComparison.Ordinal)),
        _ => false,
    };

    private static void CheckFlags(MappingTable table, TableUse use, ICollection<Diagnostic> diagnostics)
    {
        foreach (MappingEntry entry in table.Entries)
        {
            foreach (char flag in entry.Template.Parts.OfType<TemplatePart.Flag>().Select(f => AsciiCase.Upper(f.Value)).Distinct())
            {
                if (use.Flags.Contains(flag, StringComparison.OrdinalIgnoreCase))
                    continue;

                if (use.Refused.Contains(flag, StringComparison.OrdinalIgnoreCase))
                {
                    diagnostics.Add(Diagnostic.Error(entry.Position, $"entry \"{entry.PatternText}\": \"${flag}\" is not supported in table \"{table.Name}\""));
                    continue;
                }

                string what = use.Inert.Contains(flag, StringComparison.OrdinalIgnoreCase) ? "does nothing in this release in table" : "has no meaning in table";
                diagnostics.Add(Diagnostic.Warning(entry.Position, $"entry \"{entry.PatternText}\": \"${flag}\" {what} \"{table.Name}\""));
            }
        }
    }
}
