using System.Text.RegularExpressions;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Documents;

/// <summary>Command execution by address (CVE-2019-10149, CVE-2020-7247): no source file of the product can hand text to a shell.</summary>
public sealed partial class NoShellTests
{
    private static readonly string[] Sources =
        [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    [Fact]
    public void No_source_names_a_shell() =>
        Assert.Empty(Sources.SelectMany(f => File.ReadLines(f).Where(l => Shell().IsMatch(l)).Select(l => $"{Path.GetFileName(f)}: {l.Trim()}")));

    [Fact]
    public void Programs_are_started_in_one_place_with_a_list_of_arguments()
    {
        string only = Assert.Single(Sources, f => Start().IsMatch(File.ReadAllText(f)));
        Assert.Equal("ProgramRun.cs", Path.GetFileName(only));
        string text = File.ReadAllText(only);
        Assert.Contains("UseShellExecute = false", text, StringComparison.Ordinal);
        Assert.Contains(".ArgumentList", text, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\bArguments\b", text);
    }

    [GeneratedRegex("""/bin/(ba|da|z|k)?sh\b|"(ba|da|z|k)?sh"|cmd\.exe|powershell|UseShellExecute = true|\bsystem\(|\bpopen\(""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Shell();

    [GeneratedRegex(@"\bProcessStartInfo\b|\bProcess\.Start\b")]
    private static partial Regex Start();
}
