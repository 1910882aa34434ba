using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Aliases;

/// <summary>Notes which files were asked for, so that a change of any of them can be noticed.</summary>
internal sealed class RecordedFiles(ISourceFiles files) : ISourceFiles
{
    private readonly List<string> _paths = [];

    public ImmutableArray<string> Paths => [.. _paths.Distinct(StringComparer.Ordinal)];

    public string? Read(string path, out string? fault)
    {
        _paths.Add(path);
        return files.Read(path, out fault);
    }

    public bool Exists(string path) => files.Exists(path);
}
