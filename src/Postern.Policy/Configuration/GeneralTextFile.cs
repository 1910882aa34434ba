using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

/// <summary>Reads the general text table: a key, white space, and the rest of the line is its text. The first of equal keys counts.</summary>
internal static class GeneralTextFile
{
    public static ImmutableDictionary<string, string> Read(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics)
    {
        ImmutableDictionary<string, string>.Builder texts = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (LogicalLine line in ConfigurationLines.Read(files, path, diagnostics))
        {
            string text = line.Text.Trim();
            if (text.Length == 0) continue;
            int end = text.AsSpan().IndexOfAny(' ', '\t');
            string key = end < 0 ? text : text[..end];
            if (texts.ContainsKey(key)) diagnostics.Add(Diagnostic.Warning(line.Position, $"\"{Printable.Of(key)}\" is defined already; this one is ignored"));
            else texts.Add(key, end < 0 ? "" : text[end..].TrimStart());
        }

        return texts.ToImmutable();
    }
}
