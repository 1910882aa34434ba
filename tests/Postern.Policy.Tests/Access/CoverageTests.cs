using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>The worked cases are numbered without a gap: a row that is lost, or a new one without a test, is noticed here.</summary>
public sealed class CoverageTests
{
    /// <summary>Cases with a test of their own instead of a row.</summary>
    private static readonly Dictionary<string, string> Elsewhere = new(StringComparer.Ordinal)
    {
        ["X7"] = nameof(ExpansionTests.Deferred_list_post_is_not_probed_again_under_its_original_name),
    };

    [Theory]
    [InlineData("access/relay-blocking.case", "R", 55, "00")]
    [InlineData("access/closed-configuration.case", "W", 27, "00")]
    [InlineData("access/expansion.case", "X", 7, "0")]
    [InlineData("access/source-channel.case", "S", 16, "00")]
    [InlineData("rewrite/published.case", "R", 114, "000")]
    public void Every_worked_case_is_tested(string table, string letter, int count, string digits)
    {
        string[] rows = [.. CaseTable.Read(table).Names];
        string[] missing =
        [
            .. Enumerable.Range(1, count).Select(n => $"{letter}{n.ToString(digits, System.Globalization.CultureInfo.InvariantCulture)}")
                .Where(name => !Elsewhere.ContainsKey(name) && !rows.Any(row => row.TrimEnd('a', 'b') == name)),
        ];
        Assert.Empty(missing);
    }
}
