using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Aliases;

/// <summary>One case of <c>conformance/alias</c>: <c>key: value</c> lines, cases set apart by a blank line; a line beginning with <c>|</c> adds a line to the value above it.</summary>
internal sealed class AliasCase
{
    private const string Accounts = "bob@example.com *\nalice@example.com *\njoe@example.com *\nadmin@example.com *\n";

    private static readonly HashSet<string> Keys =
    [
        "name", "source", "aliases", "users", "option", "mappings", "channels", "from", "client", "user", "size", "notify", "orcpt", "rcpt",
        "want", "notice", "decides", "refused", "finding", "header", "lines", "edited", "objects",
    ];

    private readonly List<KeyValuePair<string, string>> _values = [];

    private AliasCase(string place) => Place = place;

    public string Place { get; }

    public string Name => One("name")!;


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

    /// <summary>All cases of the folder.</summary>
    public static Dictionary<string, AliasCase> ReadAll() => Directory
        .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "conformance", "alias"), "*.case")
        .Order(StringComparer.Ordinal)
        .SelectMany(f => Read($"alias/{Path.GetFileName(f)}"))
        .ToDictionary(StringComparer.Ordinal);

    /// <summary>The site with what the case changes of it.</summary>
    public SiteFiles Change(SiteFiles site)
    {
        SiteFiles files = site.With("aliases", _ => WithPostmaster(One("aliases")!)).With("users", _ => One("users") ?? Accounts);
        foreach (string option in All("option")) files = files.With("option.dat", text => $"{text}{option}\n");
        if (One("mappings") is { } mappings) files = files.With("mappings", text => $"{text}\n{mappings}");
        foreach (string channel in All("channels"))
        {
            string[] change = channel.Split(" => ");
            files = files.With("postern.cnf", text => text.Replace(change[0], change[1], StringComparison.Ordinal));
        }

        foreach ((string key, string text) in _values.Where(v => v.Key.StartsWith("file ", StringComparison.Ordinal)))
            files = files.With(key["file ".Length..], _ => text);
        return files;
    }

    /// <summary>No configuration loads without a postmaster; most cases are not about him.</summary>
    private static string WithPostmaster(string aliases) =>
        aliases.Contains("postmaster:", StringComparison.Ordinal) ? aliases : $"{aliases}postmaster: postmaster@ims-ms-daemon\n";

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
