namespace Postern.Mapping.Tests.Conformance;

/// <summary>
/// Reads <c>.case</c> files: <c>key: value</c> lines, cases set apart by a blank line, <c>#</c> comments. A line that begins with
/// <c>|</c> adds a line of text to the value above it. <c>&lt;TAB&gt;</c>, <c>&lt;SPACE&gt;</c> and <c>&lt;CR&gt;</c> stand for themselves
/// where an editor would lose them.
/// </summary>
public static class CaseFiles
{
    private static readonly HashSet<string> PatternKeys = ["name", "source", "kind", "pattern", "input", "result", "message"];

    private static readonly HashSet<string> TableKeys =
    [
        "name", "source", "kind", "entry", "table", "input", "input flags", "text", "answer", "random", "strict limits", "unavailable fails",
        "result", "hit", "output", "output flags", "passes", "diagnostic", "asked",
    ];

    public static IReadOnlyList<ConformanceCase> Patterns { get; } =
        [.. All().Where(c => c.Keys.Contains("pattern")).Select(c => Known(c, PatternKeys))];

    public static IReadOnlyList<ConformanceCase> Tables { get; } =
        [.. All().Where(c => !c.Keys.Contains("pattern")).Select(c => Known(c, TableKeys))];

    private static IEnumerable<ConformanceCase> All()
    {
        HashSet<string> names = [];
        foreach (string path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "conformance"), "*.case").Order(StringComparer.Ordinal))
        {
            foreach (ConformanceCase found in Read(Path.GetFileName(path), File.ReadAllLines(path)))
            {
                if (!names.Add(found.Name))
                    throw new InvalidDataException($"{found.Place}: the name \"{found.Name}\" is used twice");

                yield return found;
            }
        }
    }

    private static IEnumerable<ConformanceCase> Read(string file, string[] lines)
    {
        ConformanceCase? current = null;
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i];
            if (line.StartsWith('#'))
                continue;

            if (line.Length == 0)
            {
                if (current is not null)
                    yield return current;

                current = null;
                continue;
            }

            if (line.StartsWith('|') && current is not null)
            {
                current.AppendLine(Unmask(line[1..]));
                continue;
            }

            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon < 0 && line.EndsWith(':'))
                colon = line.Length - 1;
            if (colon < 0)
                throw new InvalidDataException($"{file}:{i + 1}: not of the form key: value");

            string value = Unmask(line[(colon + 1)..].Trim());
            current ??= new ConformanceCase(value, file, i + 1);
            current.Add(line[..colon], value);
        }

        if (current is not null)
            yield return current;
    }

    private static ConformanceCase Known(ConformanceCase found, HashSet<string> keys)
    {
        foreach (string key in found.Keys)
        {
            if (!keys.Contains(key) && !(key.Length == 2 && key[0] == '$') && !key.StartsWith("file ", StringComparison.Ordinal))
                throw new InvalidDataException($"{found.Place}: unknown key \"{key}\"");
        }

        if (found["source"] is null)
            throw new InvalidDataException($"{found.Place}: no source");

        return found;
    }

    private static string Unmask(string text) => text
        .Replace("<TAB>", "\t", StringComparison.Ordinal)
        .Replace("<SPACE>", " ", StringComparison.Ordinal)
        .Replace("<CR>", "\r", StringComparison.Ordinal);
}
