using System.Globalization;

namespace Postern.Mapping.Tests.Conformance;

/// <summary>No published case is lost, and what Postern adds to them covers the language.</summary>
public sealed class CaseCountTests
{
    [Fact]
    public void Every_published_pattern_and_table_case_is_there()
    {
        Assert.Equal(Numbers('P', 68), CaseFiles.Patterns.Select(c => c.Name[..3]).Where(n => n[0] == 'P' && char.IsAsciiDigit(n[1])).Order(StringComparer.Ordinal));
        Assert.Equal(Numbers('T', 46), CaseFiles.Tables.Select(c => c.Name[..3]).Where(n => n[0] == 'T' && char.IsAsciiDigit(n[1])).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Own_cases_with_a_whole_answer_are_many()
    {
        int whole = CaseFiles.Tables.Count(c => c["kind"] is null && c["hit"] is not null && c["output"] is not null && c.Fields().Any());
        Assert.InRange(whole, 150, int.MaxValue);
    }

    private static IEnumerable<string> Numbers(char letter, int count) =>
        Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{letter}{i:00}"));
}
