using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Postern.Smtp.Tests.Conformance;

/// <summary>One row of a conformance table: <c>key: value</c> lines up to an empty line. A key that no test asks for is a failure.</summary>
internal sealed partial class Case(string file, int line, Dictionary<string, string> values)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal) { "name", "source" };

    /// <summary>File, line and name: what a failing test prints.</summary>
    public string Where => $"{file}:{line} {values.GetValueOrDefault("name")}";

    public string? Find(string key)
    {
        _asked.Add(key);
        return values.TryGetValue(key, out string? value) ? Unescape(value) : null;
    }

    public string Get(string key) => Find(key) ?? throw new InvalidDataException($"{Where}: no \"{key}\"");

    /// <summary>Call when every key has been asked for.</summary>
    public void AssertAllKeysKnown()
    {
        string[] unknown = [.. values.Keys.Where(k => !_asked.Contains(k))];
        if (unknown.Length > 0) throw new InvalidDataException($"{Where}: unknown key \"{unknown[0]}\"");
    }

    /// <summary>Reads all tables below <c>conformance/</c><paramref name="subject"/>; names must be unique in the subject.</summary>
    public static IReadOnlyDictionary<string, Case> ReadAll(string subject)
    {
        Dictionary<string, Case> cases = new(StringComparer.Ordinal);
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "conformance", subject), "*.case").Order(StringComparer.Ordinal))
        {
            foreach (Case read in Read($"{subject}/{Path.GetFileName(path)}", File.ReadAllLines(path)))
            {
                if (!names.Add(read.Get("name"))) throw new InvalidDataException($"{read.Where}: this name is taken");
                cases.Add(read.Where, read);
            }
        }

        return cases;
    }

    public static IEnumerable<Case> Read(string file, string[] lines)
    {
        Dictionary<string, string> values = new(StringComparer.Ordinal);
        int start = 0;
        for (int i = 0; i <= lines.Length; i++)
        {
            string line = i < lines.Length ? lines[i] : "";
            if (line.StartsWith('#')) continue;
            if (line.Length == 0)
            {
                if (values.Count > 0) yield return new Case(file, start, values);
                values = new Dictionary<string, string>(StringComparer.Ordinal);
                continue;
            }

            if (values.Count == 0) start = i + 1;
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) throw new InvalidDataException($"{file}:{i + 1}: no key");
            string value = line[(colon + 1)..];
            if (!values.TryAdd(line[..colon], value.StartsWith(' ') ? value[1..] : value))
                throw new InvalidDataException($"{file}:{i + 1}: key \"{line[..colon]}\" twice");
        }
    }

    /// <summary>The escapes of C# that a line of text cannot hold, and <c>{x*9}</c> for nine times x.</summary>
    public static string Unescape(string text)
    {
        text = Repetition().Replace(text, m => string.Concat(Enumerable.Repeat(m.Groups[1].Value, int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture))));
        StringBuilder result = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            char kind = text[++i];
            int digits = kind switch { 'x' => 2, 'u' => 4, _ => 0 };
            result.Append(kind switch
            {
                'r' => '\r',
                'n' => '\n',
                't' => '\t',
                '0' => '\0',
                '\\' => '\\',
                'x' or 'u' => (char)int.Parse(text.AsSpan(i + 1, digits), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
                _ => throw new InvalidDataException($"unknown escape \"\\{kind}\""),
            });
            i += digits;
        }

        return result.ToString();
    }

    [GeneratedRegex(@"\{([^{}]*?)\*(\d+)\}")]
    private static partial Regex Repetition();
}
