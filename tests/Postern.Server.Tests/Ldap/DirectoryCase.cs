namespace Postern.Server.Tests.Ldap;

/// <summary>One case of <c>conformance/directory</c>: <c>key: value</c> lines, cases set apart by a blank line.</summary>
internal sealed class DirectoryCase
{
    private static readonly HashSet<string> Keys = ["name", "source", "aliases", "option", "from", "user", "rcpt", "want", "refused", "why"];

    private readonly List<KeyValuePair<string, string>> _values = [];

    private DirectoryCase(string place) => Place = place;

    public string Place { get; }

    public string Name => One("name")!;

    public string? One(string key) => All(key).SingleOrDefault();

    public IEnumerable<string> All(string key) => _values.Where(v => v.Key == key).Select(v => v.Value);

    public static IReadOnlyDictionary<string, DirectoryCase> Read(string file)
    {
        Dictionary<string, DirectoryCase> cases = new(StringComparer.Ordinal);
        DirectoryCase? current = null;
        int number = 0;
        foreach (string line in File.ReadLines(SlapdServer.Data(file)).Append(""))
        {
            number++;
            if (line.StartsWith('#')) continue;
            if (line.Length == 0)
            {
                if (current is not null) Assert.True(cases.TryAdd(current.Name, current), $"{current.Place}: the name stands twice");
                current = null;
                continue;
            }

            current ??= new DirectoryCase($"{file}:{number}");
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            Assert.True(colon > 0 && Keys.Contains(line[..colon]), $"{file}:{number}: unknown key in \"{line}\"");
            current._values.Add(KeyValuePair.Create(line[..colon], line[(colon + 1)..].Trim()));
        }

        return cases;
    }
}
