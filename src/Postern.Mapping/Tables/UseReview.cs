using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>Finds tables that no one consults and flags that no one reads.</summary>
internal sealed class UseReview
{
    private readonly MappingSet _set;
    private readonly Dictionary<string, TableUse> _uses = new(StringComparer.OrdinalIgnoreCase);

    public UseReview(MappingSet set, IEnumerable<TableUse> uses)
    {
        _set = set;
        foreach (TableUse use in uses)
            _uses[use.Name] = use;
    }

    public void Run(ICollection<Diagnostic> diagnostics)
    {
        HashSet<string>? consulted = Consulted();
        foreach (MappingTable table in _set.Tables)
        {
            if (consulted?.Contains(table.Name) == false)
                diagnostics.Add(Diagnostic.Warning(table.Position, $"table \"{table.Name}\" is never consulted"));

            if (_uses.TryGetValue(table.Name, out TableUse? use))
                CheckFlags(table, use.Flags, diagnostics);
        }
    }

    // Null when a template computes the name of a table: then any may be consulted.
    private HashSet<string>? Consulted()
    {
        HashSet<string> names = new(_uses.Keys, StringComparer.OrdinalIgnoreCase);
        Queue<string> open = new(names);
        while (open.TryDequeue(out string? name))
        {
            foreach (TemplatePart.Table call in Calls(_set.Find(name)))
            {
                if (call.Name.Parts is not [TemplatePart.Literal literal])
                    return null;

                if (names.Add(literal.Text))
                    open.Enqueue(literal.Text);
            }
        }

        return names;
    }

    private static IEnumerable<TemplatePart.Table> Calls(MappingTable? table) =>
        table?.Entries.SelectMany(e => e.Template.Parts).OfType<TemplatePart.Table>() ?? [];

    private static void CheckFlags(MappingTable table, string known, ICollection<Diagnostic> diagnostics)
    {
        foreach (MappingEntry entry in table.Entries)
        {
            foreach (TemplatePart.Flag flag in entry.Template.Parts.OfType<TemplatePart.Flag>())
            {
                if (!known.Contains(flag.Value, StringComparison.OrdinalIgnoreCase))
                    diagnostics.Add(Diagnostic.Warning(entry.Position, $"entry \"{entry.PatternText}\": \"${flag.Value}\" has no meaning in table \"{table.Name}\""));
            }
        }
    }
}
