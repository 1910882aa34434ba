using System.Text.Json;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

public sealed class TestRewriteCommandTests(ConfiguredSite configured) : IClassFixture<ConfiguredSite>
{
    private readonly PosternSite _site = configured.Site;

    [Theory]
    [InlineData("v@other.test", "v@other.test", "tcp_local")]
    [InlineData("bob@example.com", "bob@example.com", "l")]
    [InlineData("u@in.test", "u@in.test", "tcp_intranet")]
    [InlineData("u@host.in.test", "u@host.in.test", "tcp_intranet")]
    [InlineData("v%other.test@example.com", "v@other.test", "tcp_local")]
    [InlineData("@process-daemon:x@isp.test", "@process-daemon:x@isp.test", "process")]
    public async Task Address_is_told_with_its_channel(string given, string address, string channel)
    {
        JsonElement told = (await _site.RunAsync("test", "rewrite", given, "--json")).Exits(0).Json;
        Assert.Equal(given, told.GetProperty("input").GetString());
        Assert.Equal(address, told.GetProperty("address").GetString());
        Assert.Equal(channel, told.GetProperty("channel").GetString());
        Assert.Equal(JsonValueKind.String, told.GetProperty("host").ValueKind);
        Assert.Equal(JsonValueKind.Null, told.GetProperty("error").ValueKind);
    }

    [Fact]
    public async Task Rules_are_told_with_file_and_line()
    {
        JsonElement told = (await _site.RunAsync("test", "rewrite", "u@in.test", "--json")).Exits(0).Json;
        JsonElement rule = told.GetProperty("rules").EnumerateArray().Last();
        Assert.EndsWith("postern.cnf", rule.GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.Equal(_site.LineOf("postern.cnf", "$U%$D@tcp_intranet-daemon"), rule.GetProperty("line").GetInt32());
        Assert.Equal(JsonValueKind.String, rule.GetProperty("result").ValueKind);
    }

    [Fact]
    public async Task What_is_no_address_is_told_as_error()
    {
        ProgramResult told = await _site.RunAsync("test", "rewrite", "a@b@c", "--json");
        Assert.NotEqual(0, told.ExitCode);
        Assert.Contains("a@b@c", told.Output + told.Error, StringComparison.Ordinal);
    }
}
