using Xunit;

namespace Postern.Policy.Tests.Aliases;

/// <summary>One case of <c>conformance/alias</c>: <c>key: value</c> lines, cases set apart by a blank line; a line beginning with <c>|</c> adds a line to the value above it.</summary>
internal sealed class AliasCase
{
    private static readonly HashSet<string> Keys =
    [
        "name", "source", "aliases", "users", "option", "mappings", "channels", "from", "client", "user", "size", "notify", "orcpt", "rcpt",
        "want", "notice", "decides", "refused", "finding", "header", "lines", "edited", "objects",
    ];

    private readonly List<KeyValuePair<string, string>> _values = [];

    private AliasCase(string place) => Place = place;

    public string Place { get; }

    public string Name => One("name")!;

    public IEnumerable<KeyValuePair<string, string>> Files => _values
        .Where(v => v.Key.StartsWith("file ", StringComparison.Ordinal))
        .Select(v => KeyValuePair.Create(v.Key["file ".Length..], v.Value));

    public string? One(string key) => All(key).SingleOrDefault();

    public IEnumerable<string> All(string key) => _values.Where(v => v.Key == key).Select(v => v.Value);

    /// <param name="file">below <c>conformance/</c>.</param>
    public static IReadOnlyDictionary<string, AliasCase> Read(string file)
    {
        Dictionary<string, AliasCase> cases = new(StringComparer.Ordinal);
        AliasCase? current = null;
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "conformance", file)).Append(""))
        {
            number++;
            if (line.StartsWith('#')) continue;
            if (line.Length == 0)
            {
                if (current is not null) Assert.True(cases.TryAdd(current.Name, current), $"{current.Place}: the name stands twice");
                current = null;
                continue;
            }

            current ??= new AliasCase($"{file}:{number}");
            current.Add(line, $"{file}:{number}");
        }

        return cases;
    }

    private void Add(string line, string place)
    {
        if (line.StartsWith('|'))
        {
            (string key, string value) = _values[^1];
            _values[^1] = KeyValuePair.Create(key, $"{value}{line[1..]}\n");
            return;
        }

        int colon = line.IndexOf(':', StringComparison.Ordinal);
        Assert.True(colon > 0, $"{place}: not of the form key: value");
        string name = line[..colon];
        Assert.True(Keys.Contains(name) || name.StartsWith("file ", StringComparison.Ordinal), $"{place}: unknown key \"{name}\"");
        _values.Add(KeyValuePair.Create(name, line[(colon + 1)..].Trim()));
    }
}
