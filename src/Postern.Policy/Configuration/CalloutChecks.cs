using System.Collections.Immutable;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;
using Postern.Policy.Callouts;

namespace Postern.Policy.Configuration;

/// <summary>Checks what the mapping tables ask of the world outside: the arguments of routines, and callouts that nothing here can answer.</summary>
internal static class CalloutChecks
{
    /// <param name="hasDirectory">a directory can be asked: <c>$]url[</c> and <c>$}domain,attribute{</c> have an answer.</param>
    public static void Check(MappingSet mappings, ImmutableArray<ThrottleDefinition> throttles, bool hasDirectory, ICollection<Diagnostic> diagnostics)
    {
        foreach (MappingEntry entry in mappings.Tables.SelectMany(t => t.Entries))
        {
            foreach (TemplatePart part in entry.Template.Parts)
            {
                switch (part)
                {
                    case TemplatePart.Routine routine:
                        CheckArgument(entry, routine, throttles, diagnostics);
                        break;
                    case TemplatePart.Url or TemplatePart.DomainAttribute when !hasDirectory:
                        diagnostics.Add(Diagnostic.Warning(entry.Position, $"entry \"{entry.PatternText}\" asks a directory, and none is configured: it cannot be answered"));
                        break;
                    case TemplatePart.Url url:
                        CheckQuoting(entry, url.Text, diagnostics);
                        break;
                    case TemplatePart.Sequence:
                        diagnostics.Add(Diagnostic.Warning(entry.Position, $"entry \"{entry.PatternText}\" draws from a sequence file, which is not supported: it cannot be answered"));
                        break;
                }
            }
        }
    }

    private static void CheckQuoting(MappingEntry entry, Template url, ICollection<Diagnostic> diagnostics)
    {
        if (url.Parts.TakeWhile(p => p is not TemplatePart.QuoteForFilter).Any(p => p is TemplatePart.Field))
            diagnostics.Add(Diagnostic.Warning(entry.Position, $"entry \"{entry.PatternText}\" puts what it matched into an LDAP URL without \"$=\" before it: a client could change the filter"));
    }

    private static void CheckArgument(
        MappingEntry entry, TemplatePart.Routine call, ImmutableArray<ThrottleDefinition> throttles, ICollection<Diagnostic> diagnostics)
    {
        if (CalloutRoutines.Find(call.Name) is not { } routine) return;

        // What is between the parts has to be written: a field could hold anything the client likes.
        int parts = 1 + call.Argument.Parts.OfType<TemplatePart.Literal>().Sum(l => l.Text.Count(c => c == routine.Separator));
        if (parts < routine.Parts)
            diagnostics.Add(Diagnostic.Error(entry.Position, $"\"{call.Argument}\": routine \"{routine.Name}\" needs {routine.Form}"));
        else if (routine.Name == CalloutRoutines.Throttle && call.Argument.Parts[0] is TemplatePart.Literal { Text: var text } && text.IndexOf(',', StringComparison.Ordinal) is var comma and >= 0)
            CheckTable(entry, text[..comma].Trim(), throttles, diagnostics);
    }

    private static void CheckTable(MappingEntry entry, string name, ImmutableArray<ThrottleDefinition> throttles, ICollection<Diagnostic> diagnostics)
    {
        if (throttles.Any(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) return;
        string hint = Spelling.Nearest(name, throttles.Select(t => t.Name)) is { } nearest ? $"; did you mean \"{nearest}\"?" : "";
        diagnostics.Add(Diagnostic.Error(entry.Position, $"no throttling table \"{Printable.Of(name)}\" in {ThrottleFile.FileName}{hint}"));
    }
}
