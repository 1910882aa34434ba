using System.Collections;
using System.Reflection;
using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Channels;

/// <summary>A complete imta.cnf as a site copies it in, and one with every fault.</summary>
public sealed class SampleConfigurationTests
{
    private static readonly CaseTable Cases = CaseTable.Read("channel/sample.case");

    public static TheoryData<string> Names => [.. Cases.Names];

    [Fact]
    public void Sample_loads_without_a_finding()
    {
        ConfigurationResult loaded = Load(Sample());
        Assert.Empty(loaded.Diagnostics.Select(d => d.ToString()));
        Assert.Equal(Cases.Names, loaded.Snapshot!.Channels.All.Select(c => c.Name.ToString()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Channel_has_the_options_of_its_block(string name)
    {
        ChannelDefinition channel = Load(Sample()).Snapshot!.Channels.FindByName(new ChannelName(name))!;
        CaseTable.Row row = Cases[name];
        Assert.Equal(row["hosts"], string.Join(' ', channel.Hosts.Select(h => h.Name).Prepend(channel.OfficialHost)));
        ChannelDefinition withDefaults = new()
        {
            Position = default,
            Name = channel.Name,
            OfficialHost = channel.OfficialHost,
            Switch = SwitchUse.No,
            Notices = [.. new[] { 1, 2, 4, 7 }.Select(d => TimeSpan.FromDays(d))],
            WarnPost = PostmasterCopy.UnlessNullSender,
            SendPost = PostmasterCopy.UnlessNullSender,
            PostHeadOnly = true,
        };
        Assert.Equal(row["options"], Differences(withDefaults, channel));
    }

    [Fact]
    public void Sample_is_the_initial_configuration()
    {
        Dictionary<string, string> initial = InitialConfiguration.Write(new InitialConfigurationChoices
        {
            Domains = ["example.com"],
            HostName = "mta.example.com",
            OwnAddresses = [System.Net.IPAddress.Parse("192.0.2.25")],
        }).ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        foreach (ChannelDefinition channel in Load(new SiteFiles(initial)).Snapshot!.Channels.All)
        {
            ChannelDefinition ofSample = Load(Sample()).Snapshot!.Channels.FindByName(channel.Name)!;
            Assert.Equal("", Differences(channel, ofSample));
        }
    }

    [Fact]
    public void Every_fault_has_one_finding_at_its_line()
    {
        SiteFiles files = SiteFiles.Read("channel/faults");
        List<Diagnostic> found = [];
        LogicalLine[] lines = [.. ConfigurationLines.Read(files, "postern.cnf", found).SkipWhile(l => !l.IsBlank)];
        ChannelTable.Load(lines, lines[^1].Position, TimeSpan.FromDays(1), JobPool.BuiltIn, found);
        string[] wanted = files.Read("findings.txt", out _)!.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.Equal(wanted, found.OrderBy(d => d.Line).Select(d => d.ToString()));
        Assert.Equal(wanted.Length, wanted.Select(w => w.Split(':')[1]).Distinct().Count());
    }

    [Theory]
    [InlineData("smtp lmtp", "has \"smtp\" and \"lmtp\"; it speaks LMTP as a client")]
    [InlineData("smtp mustsaslserver", "has \"mustsaslserver\" and no TLS, without which no password is taken: nobody can send mail there")]
    [InlineData("smtp maytlsserver maysaslserver saslmechanisms cram-md5", "has \"saslmechanisms\" with none of EXTERNAL SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN, so nobody can authenticate")]
    [InlineData("smtp maytls mustsaslclient authusername u", "has \"mustsaslclient\", but neither \"authusername\" with \"authpassword\" nor \"externalidentity\"")]
    [InlineData("smtp maysaslclient authusername u authpassword p", "has \"authpassword\" and no \"maytlsclient\"; a password goes out inside TLS only")]
    public void Options_that_cannot_go_together_are_warned_of(string options, string finding)
    {
        ConfigurationResult loaded = ChannelSource.Load($"l\nmta.example.com\n\nt {options}\nt-daemon\n");
        Assert.Contains($"postern.cnf:6: warning: channel \"t\" {finding}", ChannelSource.Findings(loaded));
    }

    [Theory]
    [InlineData("mta.example.com  $U@mta.example.com\nl smtp\nmta.example.com\n", "postern.cnf:2: error: a blank line is missing before channel \"l\"")]
    [InlineData("mta.example.com  $U@mta.example.com\ndefaults smtp\n\nl\nmta.example.com\n", "postern.cnf:2: error: a blank line is missing before \"defaults\"")]
    public void Channels_must_be_parted_from_the_rules(string file, string finding)
    {
        ConfigurationResult loaded = Load(new SiteFiles(new Dictionary<string, string> { ["postern.cnf"] = file }));
        Assert.Contains(finding, loaded.Diagnostics.Select(d => d.ToString()));
    }

    /// <summary>The files beside imta.cnf are those that <c>postern init</c> writes.</summary>
    private static SiteFiles Sample()
    {
        Dictionary<string, string> files = InitialConfiguration.Write(new InitialConfigurationChoices
        {
            Domains = ["example.com"],
            HostName = "mta.example.com",
            OwnAddresses = [System.Net.IPAddress.Parse("192.0.2.25")],
        }).Where(f => f.Name != "postern.cnf").ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        files["imta.cnf"] = SiteFiles.Read("channel/sample").Read("imta.cnf", out _)!;
        return new SiteFiles(files);
    }

    private static ConfigurationResult Load(ISourceFiles files) =>
        ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1);

    private static string Differences(ChannelDefinition before, ChannelDefinition after) => string.Join("; ", typeof(ChannelDefinition)
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(p => p.Name is not ("EqualityContract" or "Position" or "Name" or "OfficialHost" or "Hosts" or "IsRemote"))
        .OrderBy(p => p.Name, StringComparer.Ordinal)
        .Select(p => (p.Name, Before: Text(p.GetValue(before)), After: Text(p.GetValue(after))))
        .Where(p => p.Before != p.After)
        .Select(p => $"{p.Name}={p.After}"));

    private static string Text(object? value) => value switch
    {
        null => "",
        bool on => on ? "true" : "false",
        string text => text,
        IEnumerable many => string.Join(',', many.Cast<object>()),
        _ => value.ToString() ?? "",
    };
}
