using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

public sealed class InitCommandTests
{
    [Fact]
    public async Task Written_configuration_passes_its_own_check()
    {
        using TemporaryDirectory directory = new();
        string target = directory.Combine("site");
        ProgramResult init = (await PosternCommand.RunAsync("init", target, "--domain", "example.com")).Exits(0);
        Assert.Contains(target, init.Output, StringComparison.Ordinal);
        ProgramResult check = (await PosternCommand.RunAsync("check", "--config", target)).Exits(0);
        Assert.Contains("0 errors, 0 warnings", check.Output, StringComparison.Ordinal);
        ProgramResult json = (await PosternCommand.RunAsync("check", "--json", "--config", target)).Exits(0);
        Assert.True(json.Json.GetProperty("ok").GetBoolean());
    }

    [Fact]
    public async Task Relay_entry_of_the_written_table_is_the_first()
    {
        using TemporaryDirectory directory = new();
        string target = directory.Combine("site");
        (await PosternCommand.RunAsync("init", target, "--domain", "example.com")).Exits(0);
        string first = File.ReadLines(Path.Combine(target, "mappings"))
            .SkipWhile(l => l != "ORIG_SEND_ACCESS").Skip(1).First(l => l.Length > 0 && l[0] == ' ');
        Assert.Equal(["tcp_local|*|tcp_local|*", "$NRelaying$ not$ permitted"], first.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public async Task Directory_with_anything_in_it_is_left_alone()
    {
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory.Combine("note"), "mine");
        ProgramResult init = (await PosternCommand.RunAsync("init", directory.Root, "--domain", "example.com")).Exits(2);
        Assert.Contains("is not empty", init.Error, StringComparison.Ordinal);
        Assert.Equal(["note"], Directory.GetFileSystemEntries(directory.Root).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("--internal", "10.0.0.0/33")]
    [InlineData("--relay-host", "nowhere")]
    [InlineData("--relay-host", "host:70000")]
    [InlineData("--port", "x")]
    public async Task Bad_choice_writes_nothing(string option, string value)
    {
        using TemporaryDirectory directory = new();
        string target = directory.Combine("site");
        ProgramResult init = (await PosternCommand.RunAsync("init", target, "--domain", "example.com", option, value)).Exits(2);
        Assert.Contains(value, init.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(target));
    }

    [Fact]
    public async Task Secrets_are_readable_by_their_owner_only()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(site.PathOf("users")));
        foreach (string file in Directory.EnumerateFiles(site.Configuration).Where(f => !f.EndsWith("_option", StringComparison.Ordinal)))
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(file) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite));
    }
}
