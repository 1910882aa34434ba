using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

public sealed class UsageTests
{
    [Theory]
    [InlineData("init")]
    [InlineData("serve")]
    [InlineData("check")]
    [InlineData("test mapping")]
    [InlineData("test rewrite")]
    [InlineData("explain")]
    [InlineData("queue list")]
    [InlineData("queue show")]
    [InlineData("user add")]
    [InlineData("user list")]
    public async Task Every_command_has_help(string command)
    {
        ProgramResult help = (await PosternCommand.RunAsync([.. command.Split(' '), "--help"])).Exits(0);
        Assert.Contains("Usage:", help.Output, StringComparison.Ordinal);
        Assert.Contains("--config", help.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("frobnicate")]
    [InlineData("queue")]
    [InlineData("test mapping")]
    [InlineData("check --no-such-option")]
    public async Task Wrong_usage_is_code_2(string arguments) => (await PosternCommand.RunAsync(arguments.Split(' '))).Exits(2);

    [Fact]
    public async Task Missing_configuration_is_code_2()
    {
        using TemporaryDirectory directory = new();
        ProgramResult check = (await PosternCommand.RunAsync("check", "--config", directory.Combine("nothing"))).Exits(2);
        Assert.NotEmpty(check.Output + check.Error);
    }
}
