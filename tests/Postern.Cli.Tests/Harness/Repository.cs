namespace Postern.Cli.Tests.Harness;

/// <summary>Where this working copy is: the tests run its programs and read its pages, never installed ones.</summary>
public static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    /// <summary>The program as the build left it.</summary>
    public static string Program { get; } = Path.Combine(Root, "artifacts", "bin", "Postern.Cli", "release", "postern.dll");

    private static string Find(string start)
    {
        for (DirectoryInfo? directory = new(start); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Postern.slnx"))) return directory.FullName;
        }

        throw new DirectoryNotFoundException($"no Postern.slnx above {start}");
    }
}
