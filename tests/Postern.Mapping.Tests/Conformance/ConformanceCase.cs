namespace Postern.Mapping.Tests.Conformance;

/// <summary>One case of a <c>.case</c> file: a name and what it gives and wants, in the order of writing.</summary>
public sealed class ConformanceCase(string name, string file, int line)
{
    private readonly List<(string Key, string Value)> _values = [];

    public string Name => name;

    /// <summary>Where the case begins, for the message of a failing test.</summary>
    public string Place => $"{file}:{line}";

    public IEnumerable<string> Keys => _values.Select(v => v.Key);

    public string? this[string key] => All(key).LastOrDefault();

    public IEnumerable<string> All(string key) => _values.Where(v => v.Key == key).Select(v => v.Value);

    public IEnumerable<(string Key, string Value)> StartingWith(string prefix) =>
        _values.Where(v => v.Key.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The wanted fields <c>$0</c>, <c>$1</c>, … in order.</summary>
    public IEnumerable<string> Fields() => StartingWith("$").Select(v => v.Value);

    public void Add(string key, string value) => _values.Add((key, value));

    public void AppendLine(string text)
    {
        (string key, string value) = _values[^1];
        _values[^1] = (key, value + text + "\n");
    }

    public override string ToString() => $"{name} ({Place})";
}
