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
}
