namespace Postern.Tests;

/// <summary>
/// One case of a <c>.case</c> file: <c>key: value</c> lines, cases set apart by a blank line, <c>#</c> comments. A line that begins with
/// <c>|</c> adds a line of text to the value above it. Every case has a name of its own and a source; an unknown key is an error.
/// </summary>
internal sealed class CaseText
{
    private readonly List<KeyValuePair<string, string>> _values = [];

    private CaseText(string place) => Place = place;

    /// <summary>Where the case begins, for the message of a failing test.</summary>
    public string Place { get; }

    public string Name => One("name") ?? "";

    /// <summary>In the order of writing.</summary>
    public IEnumerable<KeyValuePair<string, string>> Values => _values;

    /// <summary>Null when the key is not there; a key that is there twice is an error.</summary>
    public string? One(string key) => All(key).SingleOrDefault();

    public IEnumerable<string> All(string key) => _values.Where(v => v.Key == key).Select(v => v.Value);

    /// <summary>The cases of one file, or of all files of a folder.</summary>
    /// <param name="path">below <c>conformance/</c>.</param>
    public static IReadOnlyDictionary<string, T> Read<T>(string path, Func<string, bool> isKey, Func<CaseText, T> make)
    {
        string full = Path.Combine(AppContext.BaseDirectory, "conformance", path);
        IEnumerable<string> files = File.Exists(full) ? [full] : Directory.EnumerateFiles(full, "*.case").Order(StringComparer.Ordinal);
        Dictionary<string, T> cases = new(StringComparer.Ordinal);
        foreach (CaseText found in files.SelectMany(f => Read(f, isKey)))
        {
            if (found.One("source") is not { Length: > 0 }) throw new InvalidDataException($"{found.Place}: no source");
            if (!cases.TryAdd(found.Name, make(found))) throw new InvalidDataException($"{found.Place}: the name \"{found.Name}\" stands twice");
        }

        return cases;
    }

    private static IEnumerable<CaseText> Read(string path, Func<string, bool> isKey)
    {
        CaseText? current = null;
        int number = 0;
        foreach (string line in File.ReadLines(path).Append(""))
        {
            number++;
            if (line.StartsWith('#')) continue;
            if (line.Length == 0)
            {
                if (current is not null) yield return current;
                current = null;
                continue;
            }

            string place = $"{Path.GetFileName(path)}:{number}";
            current ??= new CaseText(place);
            current.Add(line, place, isKey);
        }
    }

    private void Add(string line, string place, Func<string, bool> isKey)
    {
        if (line.StartsWith('|') && _values.Count > 0)
        {
            (string above, string value) = _values[^1];
            _values[^1] = KeyValuePair.Create(above, $"{value}{line[1..]}\n");
            return;
        }

        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0) throw new InvalidDataException($"{place}: not of the form key: value");
        string key = line[..colon];
        if (!isKey(key)) throw new InvalidDataException($"{place}: unknown key \"{key}\"");
        _values.Add(KeyValuePair.Create(key, line[(colon + 1)..].Trim()));
    }
}
