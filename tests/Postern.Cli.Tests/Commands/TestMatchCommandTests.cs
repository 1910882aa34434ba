using System.Text.Json;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

public sealed class TestMatchCommandTests
{
    [Theory]
    [InlineData("tcp_*|*|l|*", "tcp_auth|a@b.test|l|c", 0)]
    [InlineData("tcp_*|*|l|*", "reprocess|a@b.test|l|c", 1)]
    [InlineData("$(10.0.0.0/8)", "10.1.2.3", 0)]
    [InlineData("$(10.0.0.0/8)", "11.1.2.3", 1)]
    [InlineData("$(10.0.0.0/99)", "11.1.2.3", 2)]
    public async Task Exit_code_is_the_answer(string pattern, string input, int code) =>
        (await PosternCommand.RunAsync("test", "match", pattern, input)).Exits(code);

    [Fact]
    public async Task Json_tells_the_captures()
    {
        JsonElement told = (await PosternCommand.RunAsync("test", "match", "*@*", "ann@example.com", "--json")).Exits(0).Json;
        Assert.True(told.GetProperty("matched").GetBoolean());
        Assert.Equal(["ann", "example.com"], told.GetProperty("captures").EnumerateArray().Select(c => c.GetString()));
    }

    [Theory]
    [InlineData("*@*.test", "ann@b.test", "match       yes\n            $0 = ann\n            $1 = b\n")]
    [InlineData("a$*b", "a*b", "match       yes\n")]
    [InlineData("tcp_*|*@*.test", "tcp_local|a@x.net", "match       no\nwhy         no \".test\" where it is wanted\n")]
    [InlineData("tcp_*", "reprocess", "match       no\nwhy         the text does not begin with \"tcp_\"\n")]
    [InlineData("*|$D%", "a|b", "match       no\nwhy         no character of its set where one is wanted\n")]
    [InlineData("*|$0*", "a|b", "match       no\nwhy         the text of $0 does not come again where it is wanted\n")]
    [InlineData("*|$(10.0.0.0/8)", "a|192.0.2.1", "match       no\nwhy         no address of the network where one is wanted\n")]
    [InlineData("%", "ab", "match       no\nwhy         text is left over at the end\n")]
    public async Task Text_form_tells_fields_or_what_is_missing(string pattern, string input, string wanted) =>
        Assert.Equal(wanted, (await PosternCommand.RunAsync("test", "match", pattern, input)).Output);

    [Fact]
    public async Task Json_tells_what_is_missing()
    {
        JsonElement told = (await PosternCommand.RunAsync("test", "match", "%", "ab", "--json")).Exits(1).Json;
        Assert.Equal("text is left over at the end", told.GetProperty("why").GetString());
        Assert.Equal(JsonValueKind.Null, (await PosternCommand.RunAsync("test", "match", "%", "a", "--json")).Json.GetProperty("why").ValueKind);
    }
}
