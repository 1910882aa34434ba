namespace Postern.Smtp.Tests.Conformance;

public sealed class CaseTests
{
    [Fact]
    public void A_row_knows_where_it_stands()
    {
        Case read = Assert.Single(Case.Read("a.case", ["# comment", "", "name: one", "given: x"]));
        Assert.Equal("a.case:3 one", read.Where);
        Assert.Equal("x", read.Get("given"));
        read.AssertAllKeysKnown();
    }

    [Fact]
    public void An_unknown_key_is_a_failure()
    {
        Case read = Assert.Single(Case.Read("a.case", ["name: one", "gievn: x"]));
        Assert.Contains("gievn", Assert.Throws<InvalidDataException>(read.AssertAllKeysKnown).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(@"a\r\n\0\x7f\u2028\\b", "a\r\n\0\x7f\u2028\\b")]
    [InlineData("{ab*3}c", "abababc")]
    [InlineData("{|}", "{|}")]
    public void Escapes_stand_for_what_a_line_cannot_hold(string text, string meaning) => Assert.Equal(meaning, Case.Unescape(text));
}
