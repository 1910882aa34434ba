using System.Text.Json;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary>Commands that try a configuration whose tables ask the world outside.</summary>
public sealed class CalloutCommandTests : IAsyncLifetime
{
    private const string Probe = "TCP|192.0.2.25|25|203.0.113.9|4000|SMTP/c.test|MAIL|tcp_local|s@ext.example|l|bob@example.com";

    private PosternSite? _site;

    private PosternSite Site => _site ?? throw new InvalidOperationException("the site is not set up");

    public async ValueTask InitializeAsync()
    {
        _site = await PosternSite.CreateAsync();
        _site.Write("metermaid.cnf", "[TABLE=recipients]\nQUOTA=1\n");
        _site.Append("mappings", "\nORIG_MAIL_ACCESS\n\n  TCP|*|*|*|*|SMTP*|MAIL|*  $C$[metermaid,throttle,recipients,$2]$N$X4.7.1|Too$ many$E\n");
        _site.Append("mappings", "\nSOME\n\n  *  $[dns_verify,$0|$$Y$0|$$N]\n");
        _site.Edit("postern.cnf", text => $"x.test  ${{SOME,$H}}$U%$D@tcp_local-daemon\n{text}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_site is not null) await _site.DisposeAsync();
    }

    [Fact]
    public async Task Callout_without_an_answer_is_needed()
    {
        ProgramResult told = (await Site.RunAsync("test", "mapping", "ORIG_MAIL_ACCESS", Probe)).Exits(3);
        Assert.Contains("callout     throttle,recipients,203.0.113.9 => needed\n", told.Output, StringComparison.Ordinal);
        Assert.Contains("error       needs the answer of a callout: throttle,recipients,203.0.113.9\n", told.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("throttle,recipients,203.0.113.9 => yes", 0, "4.7.1|Too many", "yes")]
    [InlineData("throttle => no", 1, Probe, "no")]
    [InlineData("throttle => unavailable", 3, "", "unavailable")]
    public async Task Answer_of_the_command_line_is_used(string answer, int exitCode, string output, string outcome)
    {
        JsonElement told = (await Site.RunAsync("test", "mapping", "ORIG_MAIL_ACCESS", Probe, "--json", "--answer", answer)).Exits(exitCode).Json;
        if (output.Length > 0) Assert.Equal(output, told.GetProperty("output").GetString());
        JsonElement callout = told.GetProperty("callouts").EnumerateArray().Single();
        Assert.Equal(("throttle", "recipients,203.0.113.9", outcome), (callout.GetProperty("name").GetString(), callout.GetProperty("argument").GetString(), callout.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task Throttle_is_not_asked_live()
    {
        ProgramResult told = (await Site.RunAsync("test", "mapping", "ORIG_MAIL_ACCESS", Probe, "--live")).Exits(3);
        Assert.Contains("=> needed", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rewriting_asks_as_well()
    {
        JsonElement told = (await Site.RunAsync("test", "rewrite", "v@x.test", "--json")).Exits(3).Json;
        Assert.StartsWith("needs the answer of a callout: dns_verify,", told.GetProperty("error").GetString(), StringComparison.Ordinal);
        told = (await Site.RunAsync("test", "rewrite", "v@x.test", "--json", "--answer", "dns_verify => yes $Y")).Exits(0).Json;
        Assert.Equal("tcp_local", told.GetProperty("channel").GetString());
    }

    [Fact]
    public async Task Imagined_decision_says_what_it_needs()
    {
        ProgramResult told = (await Site.RunAsync("explain", "--ip", "203.0.113.9", "--from", "s@ext.example", "--to", "bob@example.com")).Exits(3);
        Assert.Contains("callout     throttle,recipients,203.0.113.9 => needed\n", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callout_on_the_way_to_the_source_channel_is_told_in_its_place()
    {
        Site.Edit("mappings", text => text.Replace("\nINTERNAL_IP\n\n", "\nINTERNAL_IP\n\n  203.0.113.7  $[dns_verify,inside.test|$$Y|$$N]\n", StringComparison.Ordinal));
        JsonElement told = (await Site.RunAsync(
            "explain", "--json", "--ip", "203.0.113.7", "--from", "s@ext.example", "--to", "bob@example.com", "--answer", "throttle => no")).Json;
        JsonElement[] steps = [.. told.GetProperty("source_steps").EnumerateArray()];
        Assert.All(steps, step => Assert.NotEmpty(step.GetProperty("kind").GetString()!));
        JsonElement callout = Assert.Single(steps, step => step.GetProperty("kind").GetString() == "callout");
        Assert.Equal(("dns_verify", "needed"), (callout.GetProperty("name").GetString(), callout.GetProperty("outcome").GetString()));
    }

    [Fact]
    public async Task Answer_that_cannot_be_read_is_an_error()
    {
        ProgramResult told = (await Site.RunAsync("test", "mapping", "ORIG_MAIL_ACCESS", Probe, "--answer", "throttle")).Exits(2);
        Assert.Contains("\"throttle\" is not of the form", told.Error, StringComparison.Ordinal);
    }
}
