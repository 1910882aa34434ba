using Postern.Mapping.Text;

namespace Postern.Policy.Tests.Access;

/// <summary>A configuration in memory, so that a test can take one that stands in the conformance data and change a file of it.</summary>
internal sealed class SiteFiles(IReadOnlyDictionary<string, string> files) : ISourceFiles
{
    /// <param name="directory">below <c>conformance/</c>.</param>
    public static SiteFiles Read(string directory) => new(
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "conformance", directory))
            .ToDictionary(f => Path.GetFileName(f), File.ReadAllText, StringComparer.Ordinal));

    public SiteFiles With(string file, Func<string, string> change) => new(
        new Dictionary<string, string>(files, StringComparer.Ordinal) { [file] = change(files.GetValueOrDefault(file, "")) });

    public string? Read(string path, out string? fault)
    {
        fault = files.ContainsKey(path) ? null : "file not found";
        return files.GetValueOrDefault(path);
    }

    public bool Exists(string path) => files.ContainsKey(path);
}
