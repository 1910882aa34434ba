namespace Postern.Cli.Tests.Documents;

/// <summary>The tables and patterns that pages show answer as the pages say.</summary>
public sealed class TableExamplesTests
{
    public static TheoryData<string> All => [.. Pages.All];

    [Theory]
    [MemberData(nameof(All))]
    public void Examples_answer_as_the_page_says(string page)
    {
        IReadOnlyList<string> failures = TableExamples.Run(page, Pages.Read(page)).Failures;
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Fact]
    public void Page_of_the_language_shows_all_of_it() => Assert.InRange(TableExamples.Run("docs/mapping.md", Pages.Read("docs/mapping.md")).Compared, 120, int.MaxValue);

    [Fact]
    public void What_a_page_says_wrongly_is_told_with_its_line() => Assert.Equal(
        [
            "page:1: findings\n  the page says: \n  it gives:      mappings:4: warning: entry \"x\" never matches: entry \"*\" at mappings:3 takes all it could match\n",
            "page:9: a  =>  b\n  the page says: b\n  it gives:      a  [Y]",
            "page:12: no \"=>\" between two blanks each",
            "page:13: %  ab  =>  $0=a\n  the page says: $0=a\n  it gives:      no match",
        ],
        TableExamples.Run("page", """
            ```mapping
            T

              *  $0$Y
              x  $N
            ```
            text
            ```probe
            a  =>  b
            ```
            ```pattern
            a  b
            %  ab  =>  $0=a
            ```
            """).Failures);
}
