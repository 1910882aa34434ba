using System.Text.Json;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

public sealed class UserCommandTests(ConfiguredSite configured) : IClassFixture<ConfiguredSite>
{
    private readonly PosternSite _site = configured.Site;

    [Fact]
    public async Task Added_user_is_listed_and_no_password_is_kept()
    {
        (await PosternCommand.RunWithInputAsync("secret words 9\n", "user", "add", "carl@example.com", "--config", _site.Configuration)).Exits(0);
        Assert.Contains("carl@example.com", (await _site.RunAsync("user", "list")).Exits(0).Output, StringComparison.Ordinal);
        JsonElement listed = (await _site.RunAsync("user", "list", "--json")).Exits(0).Json;
        JsonElement carl = listed.GetProperty("users").EnumerateArray().Single(u => u.GetProperty("address").GetString() == "carl@example.com");
        Assert.True(carl.GetProperty("login").GetBoolean());
        Assert.DoesNotContain("SCRAM", listed.GetRawText(), StringComparison.Ordinal);

        string line = File.ReadLines(_site.PathOf("users")).Single(l => l.StartsWith("carl@example.com ", StringComparison.Ordinal));
        Assert.Matches(@"^carl@example\.com SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+$", line);
        Assert.DoesNotContain("secret words 9", File.ReadAllText(_site.PathOf("users")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_of_another_domain_makes_that_domain_local()
    {
        (await PosternCommand.RunWithInputAsync("secret words 9\n", "user", "add", "dora@second.example", "--config", _site.Configuration)).Exits(0);
        ProgramResult explained = (await _site.RunAsync("explain", "--ip", "203.0.113.9", "--from", "<>", "--to", "dora@second.example", "--json")).Exits(0);
        Assert.Equal("ims-ms", Assert.Single(explained.Json.GetProperty("expansion").EnumerateArray()).GetProperty("channel").GetString());
    }

    [Theory]
    [InlineData("no address")]
    [InlineData("a@b@c")]
    [InlineData("../../etc/passwd@example.com")]
    public async Task What_cannot_be_a_user_is_refused(string address)
    {
        string before = File.ReadAllText(_site.PathOf("users"));
        Assert.NotEqual(0, (await PosternCommand.RunWithInputAsync("secret words 9\n", "user", "add", address, "--config", _site.Configuration)).ExitCode);
        Assert.Equal(before, File.ReadAllText(_site.PathOf("users")));
    }

    [Fact]
    public async Task Existing_user_is_not_overwritten()
    {
        string before = File.ReadAllText(_site.PathOf("users"));
        Assert.NotEqual(0, (await PosternCommand.RunWithInputAsync("other words 9\n", "user", "add", PosternSite.Bob, "--config", _site.Configuration)).ExitCode);
        Assert.Equal(before, File.ReadAllText(_site.PathOf("users")));
    }
}
