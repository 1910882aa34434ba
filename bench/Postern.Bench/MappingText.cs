using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Bench;

/// <summary>A table from lines in memory.</summary>
internal sealed class MappingText(string text) : ISourceFiles
{
    public static MappingSet Load(IEnumerable<string> entries)
    {
        List<Diagnostic> diagnostics = [];
        MappingText files = new("T\n\n" + string.Concat(entries.Select(e => $"  {e}\n")));
        MappingSet set = MappingSet.Load(files, "mappings", MappingOptions.Default, diagnostics);
        return diagnostics.Exists(d => d.IsError) ? throw new InvalidDataException(diagnostics.First(d => d.IsError).ToString()) : set;
    }

    public string? Read(string path, out string? fault)
    {
        fault = null;
        return text;
    }

    public bool Exists(string path) => true;
}
