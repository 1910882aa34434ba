using System.Text.Json;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

public sealed class TestMappingCommandTests(ConfiguredSite configured) : IClassFixture<ConfiguredSite>
{
    private readonly PosternSite _site = configured.Site;

    [Fact]
    public async Task Match_is_told_with_its_entry()
    {
        JsonElement told = (await MapAsync("ORIG_SEND_ACCESS", "tcp_local|s@ext.example|tcp_local|v@other.test")).Exits(0).Json;
        Assert.Equal("ORIG_SEND_ACCESS", told.GetProperty("table").GetString());
        Assert.Equal("tcp_local|s@ext.example|tcp_local|v@other.test", told.GetProperty("input").GetString());
        Assert.True(told.GetProperty("matched").GetBoolean());
        Assert.Equal("Relaying not permitted", told.GetProperty("output").GetString());
        Assert.Equal("N", told.GetProperty("flags").GetString());
        JsonElement entry = told.GetProperty("entry");
        Assert.EndsWith("mappings", entry.GetProperty("file").GetString(), StringComparison.Ordinal);
        Assert.Equal(_site.LineOf("mappings", "tcp_local|*|tcp_local|*"), entry.GetProperty("line").GetInt32());
        Assert.Equal("tcp_local|*|tcp_local|*", entry.GetProperty("pattern").GetString());
        Assert.Equal("$NRelaying$ not$ permitted", entry.GetProperty("template").GetString());
        Assert.Equal(["s@ext.example", "v@other.test"], told.GetProperty("captures").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal(1, told.GetProperty("passes").GetInt32());
        Assert.Equal(JsonValueKind.Null, told.GetProperty("error").ValueKind);
    }

    [Fact]
    public async Task Flags_come_in_the_order_met_and_arguments_are_kept()
    {
        JsonElement told = (await MapAsync("ORIG_SEND_ACCESS", "tcp_local|s@ext.example|tcp_intranet|u%x.test@in.test")).Exits(0).Json;
        Assert.Equal("ND", told.GetProperty("flags").GetString());
        Assert.Equal("30|Explicit routing not allowed", told.GetProperty("output").GetString());
    }

    [Fact]
    public async Task No_match_is_the_answer_no()
    {
        JsonElement told = (await MapAsync("ORIG_SEND_ACCESS", "tcp_local|s@ext.example|l|bob@example.com")).Exits(1).Json;
        Assert.False(told.GetProperty("matched").GetBoolean());
        Assert.Equal(JsonValueKind.Null, told.GetProperty("entry").ValueKind);
    }

    [Theory]
    [InlineData("127.0.0.8", "Y")]
    [InlineData("127.0.0.7", "N")]
    [InlineData("::1", "Y")]
    public async Task Internal_addresses_are_those_given_to_init(string address, string flag)
    {
        JsonElement told = (await MapAsync("INTERNAL_IP", address)).Exits(0).Json;
        Assert.Equal(flag, told.GetProperty("flags").GetString());
    }

    [Fact]
    public async Task Text_form_names_file_and_line()
    {
        ProgramResult told = (await _site.RunAsync("test", "mapping", "ORIG_SEND_ACCESS", "tcp_local|s@ext.example|tcp_local|v@other.test")).Exits(0);
        Assert.Contains($"mappings:{_site.LineOf("mappings", "tcp_local|*|tcp_local|*")}", told.Output, StringComparison.Ordinal);
        Assert.Contains("Relaying not permitted", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_table_is_an_error()
    {
        ProgramResult told = await _site.RunAsync("test", "mapping", "NO_SUCH_TABLE", "x");
        Assert.NotEqual(0, told.ExitCode);
        Assert.Contains("NO_SUCH_TABLE", told.Output + told.Error, StringComparison.Ordinal);
    }

    private Task<ProgramResult> MapAsync(string table, string input) => _site.RunAsync("test", "mapping", table, input, "--json");
}
