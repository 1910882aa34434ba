using System.Collections.Immutable;
using System.Globalization;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

// file   = *( blank / line )
// line   = name ":" [ option *( "," option ) ]
// name   = "Defaults" / "Other" / ftext
// option = "MAXIMUM=" n / "PRECEDENCE=" n / "RELABEL=" DQUOTE text DQUOTE        ; n may be negative

/// <summary>
/// Reads a header option file (Administration Reference 6.3, ch. 4, "Header Option File Format"), as far as it can concern a text for
/// people: which fields, how many, in which order, under which name. Defaults holds for every line, Other for fields without one.
/// </summary>
internal static class HeaderOptionFile
{
    public static ShownFields Read(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics)
    {
        ShownField defaults = new();
        List<(string Name, string Options, SourcePosition At)> lines = [];
        foreach (LogicalLine line in ConfigurationLines.Read(files, path, diagnostics))
        {
            string text = line.Text.Trim();
            if (text.Length == 0) continue;
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            string name = colon < 1 ? "" : text[..colon].TrimEnd();
            if (name.Length == 0 || name.Any(c => c is <= ' ' or > '~'))
                diagnostics.Add(Diagnostic.Error(line.Position, $"\"{Printable.Of(text)}\" is not Field: OPTION=value"));
            else if (name.Equals("Defaults", StringComparison.OrdinalIgnoreCase))
                defaults = Options(defaults, text[(colon + 1)..], line.Position, diagnostics);
            else
                lines.Add((name, text[(colon + 1)..], line.Position));
        }

        ShownField other = defaults;
        ImmutableDictionary<string, ShownField>.Builder named = ImmutableDictionary.CreateBuilder<string, ShownField>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, string options, SourcePosition at) in lines)
        {
            ShownField how = Options(defaults, options, at, diagnostics);
            if (name.Equals("Other", StringComparison.OrdinalIgnoreCase)) other = how;
            else named[name] = how;
        }

        return new ShownFields(named.ToImmutable(), other);
    }

    private static ShownField Options(ShownField how, string text, SourcePosition at, ICollection<Diagnostic> diagnostics)
    {
        foreach (string option in Parts(text))
        {
            int equals = option.IndexOf('=', StringComparison.Ordinal);
            string name = (equals < 0 ? option : option[..equals]).Trim().ToUpperInvariant();
            string value = equals < 0 ? "" : option[(equals + 1)..].Trim();
            bool isNumber = int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number);
            switch (name)
            {
                case "MAXIMUM" when isNumber:
                    how = how with { Maximum = number < 0 ? null : number };
                    break;
                case "PRECEDENCE" when isNumber:
                    how = how with { Precedence = number };
                    break;
                case "MAXIMUM" or "PRECEDENCE":
                    diagnostics.Add(Diagnostic.Error(at, $"{name} needs a number, not \"{Printable.Of(value)}\""));
                    break;
                case "RELABEL" when value.Trim('"').Trim() is { Length: > 0 } label:
                    how = how with { Label = label.TrimEnd(':') };
                    break;
                default:
                    diagnostics.Add(Diagnostic.Warning(at, $"\"{Printable.Of(option.Trim())}\" has no effect in a notification and is ignored"));
                    break;
            }
        }

        return how;
    }

    /// <summary>A comma inside double quotes ends nothing.</summary>
    private static IEnumerable<string> Parts(string text)
    {
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '"') quoted = !quoted;
            if (i < text.Length && (quoted || text[i] != ',')) continue;
            if (text[start..i].Trim().Length > 0) yield return text[start..i];
            start = i + 1;
        }
    }
}
