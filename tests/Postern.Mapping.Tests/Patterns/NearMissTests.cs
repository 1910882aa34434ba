using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Patterns;

public sealed class NearMissTests
{
    [Theory]
    [InlineData("tcp_local|*|tcp_intranet|*$%*@*", "tcp_local|s@x.test|tcp_intranet|u@in.test", "*$%*@*")]
    [InlineData("a|b", "a|c", "b")]
    [InlineData("TCP|*|*|$(10.0.0.0/8)", "TCP|192.0.2.1|25|192.0.2.7", "$(10.0.0.0/8)")]
    public void Last_field_alone_is_missed(string pattern, string text, string field) => Assert.Equal(field, Missed(pattern, text));

    [Theory]
    [InlineData("a|b", "a|b")]
    [InlineData("a|b", "x|c")]
    [InlineData("a|*|c", "x|y|d")]
    [InlineData("a", "b")]
    [InlineData("a|b", "a")]
    [InlineData("*", "a|b")]
    public void Match_and_earlier_miss_are_none(string pattern, string text) => Assert.Null(Missed(pattern, text));

    private static string? Missed(string pattern, string text)
    {
        List<Diagnostic> diagnostics = [];
        Assert.True(Pattern.TryParse(pattern, new SourcePosition("mappings", 1), diagnostics, out Pattern? parsed), string.Join('\n', diagnostics));
        return NearMiss.LastField(parsed, text);
    }
}
