using System.Text.Json;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

public sealed class CheckCommandTests
{
    [Fact]
    public async Task Findings_carry_file_line_and_severity()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Write("tcp_local_option", "! comment\nHOST_BACKOFF=soon\nHOST_BACK=PT5M\n");
        JsonElement told = (await site.RunAsync("check", "--json")).Exits(2).Json;
        Assert.Equal(
            [("error", "tcp_local_option", 2), ("warning", "tcp_local_option", 3)],
            told.GetProperty("diagnostics").EnumerateArray().Select(d =>
                (d.GetProperty("severity").GetString()!, d.GetProperty("file").GetString()!, d.GetProperty("line").GetInt32())));
    }

    [Fact]
    public async Task Certificate_that_cannot_be_used_is_an_error()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using (PosternProcess server = await site.ServeAsync()) Assert.Equal(0, await server.StopAsync());
        (await site.RunAsync("check")).Exits(0);
        site.Write("tls.cnf", "[HOST=mx.example.org]\nCERTIFICATE=tls/gone.pem\nKEY=tls/key.pem\n");
        ProgramResult check = (await site.RunAsync("check")).Exits(2);
        Assert.Contains($"tls.cnf:1: error: cannot use the certificate {site.PathOf("tls/gone.pem")}: ", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Warnings_alone_are_no_failure()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Write("tcp_local_option", "HOST_BACK=PT5M\n");
        ProgramResult check = (await site.RunAsync("check")).Exits(0);
        Assert.Contains("tcp_local_option:1: warning: option \"HOST_BACK\" is ignored", check.Output, StringComparison.Ordinal);
        Assert.Contains("0 errors, 1 warnings", check.Output, StringComparison.Ordinal);
    }
}
