using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Documents;

/// <summary>The pages of this working copy: those at its root and all below <c>docs/</c>.</summary>
internal static class Pages
{
    public static IEnumerable<string> All =>
        Directory.EnumerateFiles(Repository.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(f => Path.GetRelativePath(Repository.Root, f))
            .Order(StringComparer.Ordinal);

    public static string Read(string page) => File.ReadAllText(Path.Combine(Repository.Root, page));
}
