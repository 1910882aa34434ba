using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

/// <summary>Comments, includes and continuations (Administration Reference 6.3, ch. 4).</summary>
public sealed class ConfigurationLinesTests
{
    [Theory]
    [InlineData("a\n! b\nc\n", "1:a 3:c")]
    [InlineData("a\n\n \t\nb", "1:a 2: 3: \t 4:b")]
    [InlineData("a \\\n  b\nc\n", "1:a   b 3:c")]
    [InlineData("a\\\n!x\nb\n", "1:ab")]
    [InlineData("\uFEFFa\r\nb!\r\n", "1:a 2:b!")]
    [InlineData("a\\\n", "1:a")]
    [InlineData("", "")]
    public void Lines_are_joined_in_order(string text, string lines) => Assert.Equal(lines, Read(("main", text)).Lines);

    [Fact]
    public void Include_is_spliced_and_keeps_its_place()
    {
        (string lines, string[] findings) = Read(("main", "a\n<sub/one\nd\n"), ("sub/one", "b\n<two\n"), ("sub/two", "c\n"));
        Assert.Equal("1:a 1:b 1:c 3:d", lines);
        Assert.Empty(findings);
    }

    [Fact]
    public void Include_faults_are_told_at_the_line()
    {
        Assert.Equal(["main:1: error: \"main\" includes itself"], Read(("main", "<main\n")).Findings);
        Assert.Equal(["main:2: error: cannot include \"gone\": file not found"], Read(("main", "a\n< gone\n")).Findings);
        Assert.Equal(["main:1: error: \"\" is no file name to include"], Read(("main", "<\n")).Findings);
        Assert.Equal(
            ["3: error: \"4\" is included more than 3 levels deep"],
            Read(("main", "<1\n"), ("1", "<2\n"), ("2", "<3\n"), ("3", "\n<4\n"), ("4", "x\n")).Findings.Select(f => f.Replace("3:2:", "3:", StringComparison.Ordinal)));
    }

    [Fact]
    public void Line_may_have_8192_characters()
    {
        string half = new('a', ConfigurationLines.MaximumLength / 2);
        Assert.Empty(Read(("main", $"{half}\\\n{half}\n")).Findings);
        Assert.Equal(["main:2: error: line is longer than 8192 characters"], Read(("main", $"x\n{half}\\\n{half}b\n")).Findings);
    }

    private static (string Lines, string[] Findings) Read(params (string Name, string Text)[] files)
    {
        List<Diagnostic> diagnostics = [];
        ImmutableArray<LogicalLine> lines = ConfigurationLines.Read(
            new SiteFiles(files.ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal)), files[0].Name, diagnostics);
        return (string.Join(' ', lines.Select(l => $"{l.Position.Line}:{l.Text}")), [.. diagnostics.Select(d => d.ToString())]);
    }
}
