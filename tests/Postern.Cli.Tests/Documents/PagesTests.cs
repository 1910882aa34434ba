using System.Text.RegularExpressions;
using Postern.Cli.Tests.Harness;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;

namespace Postern.Cli.Tests.Documents;

/// <summary>What the pages name exists, and what exists is named.</summary>
public sealed partial class PagesTests
{
    public static TheoryData<string> All => [.. Pages.All];

    [Theory]
    [MemberData(nameof(All))]
    public void Links_lead_somewhere(string page)
    {
        string file = Path.Combine(Repository.Root, page);
        foreach (Match link in Link().Matches(File.ReadAllText(file)))
        {
            string target = Path.Combine(Path.GetDirectoryName(file)!, link.Groups[1].Value);
            Assert.True(File.Exists(target) || Directory.Exists(target), $"{page} links to {link.Groups[1].Value}");
        }
    }

    [Fact]
    public void Walk_leads_through_the_code() =>
        Assert.True(Link().Count(Pages.Read("docs/walk.md")) > 30, "the walk has lost its stops");

    [Fact]
    public void Every_option_is_documented_and_no_other()
    {
        string[] documented = [.. Option().Matches(Pages.Read("docs/reference/options.md")).Select(m => m.Groups["name"].Value)];
        Assert.Equal(PosternOptionTable.All.Select(o => o.Name).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_channel_option_is_documented_with_its_arguments_and_support()
    {
        string[] documented =
        [
            .. ChannelOptionRow().Matches(Pages.Read("docs/reference/channel-options.md"))
                .SelectMany(row => row.Groups["names"].Value.Split(", ").Select(n => $"{n.Trim('`')} | {row.Groups["arguments"].Value} | {row.Groups["support"].Value}")),
        ];
        string[] inCode = [.. ChannelOptions.All.Select(o => $"{o.Name} | {(o.Arguments.Length == 0 ? "-" : o.Arguments)} | {Support(o.Support)}")];
        Assert.Equal(inCode.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));

        static string Support(ChannelOptionSupport support) => support switch
        {
            ChannelOptionSupport.Supported => "yes",
            ChannelOptionSupport.NotYet => "not yet",
            _ => "ignored",
        };
    }

    [Fact]
    public void Every_option_of_the_option_file_is_documented_and_no_other()
    {
        string[] documented = [.. Option().Matches(Pages.Read("docs/reference/channel-options.md")).Select(m => m.Groups["name"].Value)];
        Assert.Equal(ChannelFileOptions.All.Select(o => o.Name).Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_documented_command_exists()
    {
        string[] commands = [.. Command().Matches(Pages.Read("docs/reference/commands.md")).Select(m => m.Groups["name"].Value.Trim()).Distinct(StringComparer.Ordinal)];
        Assert.Equal(23, commands.Length);
        foreach (string command in commands)
        {
            ProgramResult help = await PosternCommand.RunAsync([.. command.Split(' '), "--help"]);
            Assert.True(help.ExitCode == 0, $"postern {command}: {help}");
            Assert.Contains($"postern {command}", help.Output, StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)(#[^)]*)?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^\| `(?<name>[0-9A-Z_]+)` \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Option();

    [GeneratedRegex(@"^\| (?<names>`[^|]+`) \| (?<arguments>[^|]+) \| [^|]+ \| (source|destination|both|owner|-) \| [^|]+ \| (?<support>[a-z ]+) \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex ChannelOptionRow();

    [GeneratedRegex(@"^\| `postern (?<name>([a-z]+ ?)+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Command();
}
