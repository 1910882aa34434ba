using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Conformance;

/// <summary>Source files that exist in memory only.</summary>
public sealed class MemoryFiles(IReadOnlyDictionary<string, string> texts) : ISourceFiles
{
    public MemoryFiles(string path, string text)
        : this(new Dictionary<string, string> { [path] = text })
    {
    }

    public string? Read(string path, out string? fault)
    {
        bool found = texts.TryGetValue(path, out string? text);
        fault = found ? null : "file not found";
        return text;
    }

    public bool Exists(string path) => texts.ContainsKey(path);
}
