namespace Postern.Cli.Tests.Harness;

/// <summary>An empty directory that disappears with the test.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("postern-test-").FullName;

    public string Combine(string name) => Path.Combine(Root, name);

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
