using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Operation;

/// <summary>A server never runs on half a configuration: every fault of every file is told, with its place, and no port is opened.</summary>
public sealed class BrokenConfigurationTests
{
    [Fact]
    public async Task Check_and_serve_tell_every_fault_of_three_files()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Append("mappings", "\nBROKEN\n\n  *  ${not-closed\n");
        site.Edit("postern.cnf", text => text.Replace("\ntcp_auth smtp", "\ntcp_auth swichchannel smtp", StringComparison.Ordinal));
        site.Append("aliases", "\nspaced : bob@example.com\n");
        string[] faults =
        [
            $"mappings:{site.LineOf("mappings", "${not-closed")}: error: ",
            $"postern.cnf:{site.LineOf("postern.cnf", "swichchannel")}: error: ",
            $"aliases:{site.LineOf("aliases", "spaced :")}: error: ",
        ];

        ProgramResult check = (await site.RunAsync("check")).Exits(2);
        Assert.All(faults, fault => Assert.Contains(fault, check.Output, StringComparison.Ordinal));
        Assert.Contains("\"swichchannel\"", check.Output, StringComparison.Ordinal);
        Assert.Contains("switchchannel", check.Output.Replace("swichchannel", "", StringComparison.Ordinal), StringComparison.Ordinal);

        ProgramResult json = (await site.RunAsync("check", "--json")).Exits(2);
        Assert.False(json.Json.GetProperty("ok").GetBoolean());
        Assert.Equal(3, json.Json.GetProperty("diagnostics").EnumerateArray().Count(d => d.GetProperty("severity").GetString() == "error"));

        ProgramResult serve = (await site.RunAsync("serve")).Exits(2);
        Assert.All(faults, fault => Assert.Contains(fault, serve.Error, StringComparison.Ordinal));
        foreach (int port in (int[])[site.Port, site.SubmissionPort, site.SubmissionsPort, site.ConsolePort])
        {
            Assert.DoesNotContain($"{port}", serve.Output, StringComparison.Ordinal);
            Assert.True(FreePort.IsFree(port));
        }
    }

    [Fact]
    public async Task Serve_without_the_relay_table_is_refused()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Edit("mappings", text => text.Replace("\nORIG_SEND_ACCESS\n", "\nNOT_THAT_TABLE\n", StringComparison.Ordinal));
        ProgramResult serve = (await site.RunAsync("serve")).Exits(2);
        Assert.Contains("ORIG_SEND_ACCESS", serve.Error, StringComparison.Ordinal);
        Assert.True(FreePort.IsFree(site.Port));
    }
}
