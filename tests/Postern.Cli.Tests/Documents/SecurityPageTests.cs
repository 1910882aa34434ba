using System.Text.RegularExpressions;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Documents;

/// <summary>docs/security.md names tests; each of them is one, and is run.</summary>
public sealed partial class SecurityPageTests
{
    /// <summary>Classes of attack; a page with fewer has lost some.</summary>
    private const int Classes = 19;

    [Fact]
    public void Every_test_that_the_page_names_exists()
    {
        string[] rows = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "security.md")).Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Skip(2)];
        Assert.True(rows.Length >= Classes, $"{rows.Length} rows");
        HashSet<string> tests = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(f => Test().Matches(File.ReadAllText(f)).Select(m => $"{Path.GetFileNameWithoutExtension(f)}.{m.Groups["name"].Value}"))];
        foreach (string row in rows)
        {
            string[] named = [.. Name().Matches(row).Select(m => m.Groups["name"].Value)];
            Assert.NotEmpty(named);
            Assert.Equal([], named.Except(tests));
        }
    }

    [GeneratedRegex(@"\[(Fact|Theory)\]((?!\[(Fact|Theory)\])[\s\S])*?public (async Task|void) (?<name>\w+)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Test();

    [GeneratedRegex(@"`(?<name>\w+Tests\.\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
