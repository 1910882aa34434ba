using Postern.Mapping.Text;

namespace Postern.Server.Tests.Harness;

/// <summary>Configuration files in memory.</summary>
internal sealed class MemoryFiles(Dictionary<string, string> files) : ISourceFiles
{
    public string? Read(string path, out string? fault)
    {
        fault = files.ContainsKey(path) ? null : "file not found";
        return files.GetValueOrDefault(path);
    }

    public bool Exists(string path) => files.ContainsKey(path);
}
