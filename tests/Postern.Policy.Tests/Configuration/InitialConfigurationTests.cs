using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Tables;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

/// <summary>What <c>postern init</c> writes loads without a finding, whatever was chosen, and holds the published table unchanged.</summary>
public sealed class InitialConfigurationTests
{
    private static readonly InitialConfigurationChoices Plain = new() { Domains = ["example.com"], HostName = "mta.example.com" };

    private static readonly Dictionary<string, InitialConfigurationChoices> Choices = new(StringComparer.Ordinal)
    {
        ["plain"] = Plain,
        ["own addresses"] = Plain with { OwnAddresses = [IPAddress.Parse("192.0.2.25"), IPAddress.Parse("2001:db8::25"), IPAddress.Parse("::ffff:192.0.2.25"), IPAddress.Parse("fe80::1%2"), IPAddress.Loopback] },
        ["internal networks"] = Plain with { Internal = ["10.0.0.0/8", "192.168.7.1", "2001:db8:1::/48", "2001:db8::7", "::ffff:172.16.0.0/108", "127.0.0.1"] },
        ["internal domains"] = Plain with { InternalDomains = ["corp.example.com", "Lab.Example.NET."] },
        ["several domains"] = Plain with { Domains = ["example.com", "example.org", "EXAMPLE.net", "example.org", "bücher.example"] },
        ["host is the domain"] = Plain with { HostName = "example.com" },
        ["internal domain is ours"] = Plain with { InternalDomains = ["example.com", "corp.example.com"] },
        ["relay host"] = Plain with { RelayHost = ("relay.isp.example", 587) },
        ["relay host IPv4"] = Plain with { RelayHost = ("192.0.2.99", 2526) },
        ["relay host IPv6"] = Plain with { RelayHost = ("2001:db8::99", 25) },
        ["relay host undotted"] = Plain with { RelayHost = ("relay", 25) },
        ["relay host loopback"] = Plain with { RelayHost = ("localhost", 2526) },
        ["store with a blank and a backslash"] = Plain with { StoreDirectory = "/srv/mail store\\" },
        ["system ports"] = Plain with { Port = 25, SubmissionPort = 587, SubmissionsPort = 465, ConsolePort = 0 },
    };

    private static readonly string[] Seed =
    [
        "tcp_local|*|tcp_local|* $NRelaying$ not$ permitted",
        "tcp_*|*|native|* $N",
        "tcp_*|*|hold|* $N",
        "tcp_*|*|pipe|* $N",
        "tcp_*|*|ims-ms|* $N",
        "tcp_*|tcp_lmtpcs*|* $N",
        "tcp_local|*|tcp_intranet|@*:*.* $N$D30|Explicit$ routing$ not$ allowed",
        "tcp_local|*|tcp_intranet|*$%*@* $N$D30|Explicit$ routing$ not$ allowed",
        "tcp_local|*|tcp_intranet|*.*!*@* $N$D30|Explicit$ routing$ not$ allowed",
        "tcp_local|*|tcp_intranet|\"*@*\"@* $N$D30|Explicit$ routing$ not$ allowed",
    ];

    private static readonly string[] Ours =
    [
        "tcp_*|*|process|* $N",
        "tcp_local|*|reprocess|* $N",
        "tcp_*|*|conversion|* $N",
        "tcp_*|*|defragment|* $N",
        "tcp_*|*|bitbucket|* $N",
        "tcp_*|*|filter_discard|* $N",
        "tcp_*|*|tcp_auth|* $N",
        "tcp_*|*|tcp_submit|* $N",
        "tcp_*|*|*|*@*-daemon $N",
        "tcp_*|*|*|@*-daemon* $N",
        "tcp_local|*|tcp_intranet|@* $N$D30|Explicit$ routing$ not$ allowed",
        "tcp_local|*|tcp_intranet|*!*@* $N$D30|Explicit$ routing$ not$ allowed",
        "tcp_local|*|tcp_intranet|*@*@* $N$D30|Explicit$ routing$ not$ allowed",
    ];

    public static TheoryData<string> Names => [.. Choices.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Loads_without_a_finding(string name)
    {
        ConfigurationResult loaded = Load(Choices[name]);
        Assert.Empty(loaded.Diagnostics.Select(d => d.ToString()));
        Assert.NotNull(loaded.Snapshot);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Relay_table_is_the_published_one_and_ours_below_it(string name)
    {
        MappingTable table = Load(Choices[name]).Snapshot!.Mappings.Find("ORIG_SEND_ACCESS")!;
        Assert.Equal([.. Seed, .. Ours], table.Entries.Select(e => $"{e.PatternText} {e.TemplateText}"));
        Assert.All(Seed, entry => Assert.Contains($"  {entry.Split(' ', 2)[0]} ", File(Choices[name], "mappings"), StringComparison.Ordinal));
    }

    [Fact]
    public void Internal_addresses_stand_above_the_last_entry()
    {
        MappingTable table = Load(Choices["internal networks"] with { OwnAddresses = [IPAddress.Parse("192.0.2.25"), IPAddress.Parse("2001:db8::25")] })
            .Snapshot!.Mappings.Find("INTERNAL_IP")!;
        Assert.Equal(
            [
                "$(192.0.2.25/32) $Y", "${2001:db8::25/128} $Y", "$(10.0.0.0/8) $Y", "$(192.168.7.1/32) $Y", "${2001:db8:1::/48} $Y",
                "${2001:db8::7/128} $Y", "$(172.16.0.0/12) $Y", "$(127.0.0.1/32) $Y", "127.0.0.1 $Y", "${::1/128} $Y", "* $N",
            ],
            table.Entries.Select(e => $"{e.PatternText} {e.TemplateText}"));
    }

    [Theory]
    [InlineData("relay host", "relay.isp.example", 587)]
    [InlineData("relay host IPv4", "192.0.2.99", 2526)]
    [InlineData("relay host IPv6", "2001:db8::99", 25)]
    [InlineData("relay host undotted", "relay", 25)]
    [InlineData("relay host loopback", "localhost", 2526)]
    public void Relay_host_takes_what_goes_outside(string name, string host, int port)
    {
        ChannelDefinition channel = Load(Choices[name]).Snapshot!.Channels.FindByName(new ChannelName("tcp_local"))!;
        Assert.Equal((host, port), (channel.Daemon, channel.Port));
        Assert.Equal(CopySplit.NextHop, channel.Split);
    }

    [Fact]
    public void Listeners_options_and_pools_are_those_chosen()
    {
        ConfigurationSnapshot snapshot = Load(Choices["system ports"] with { StoreDirectory = "/srv/mail" }).Snapshot!;
        Assert.Equal(
            ["smtp tcp_local 25 ", "submission tcp_submit 587 ", "submissions tcp_submit  465"],
            snapshot.Listeners.Select(l => $"{l.Service} {l.Channel} {string.Join(',', l.Ports)} {string.Join(',', l.TlsPorts)}"));
        Assert.Equal(("example.com", "/srv/mail", 0), (snapshot.DefaultDomain, snapshot.Options.StoreDirectory, snapshot.Options.ConsolePort));
        Assert.Equal(["DEFAULT", "LOCAL_POOL", "IMS_POOL", "SMTP_POOL"], snapshot.Pools.Select(p => p.Name));
        Assert.All(snapshot.Channels.All, c => Assert.Equal(c.Pool, snapshot.PoolOf(c).Name));
        Assert.Equal(["users"], InitialConfiguration.Write(Plain).Where(f => f.Secret).Select(f => f.Name));
    }

    [Fact]
    public void Store_directory_survives_blanks_and_a_final_backslash() =>
        Assert.Equal("/srv/mail store\\", Load(Choices["store with a blank and a backslash"]).Snapshot!.Options.StoreDirectory);

    private static ConfigurationResult Load(InitialConfigurationChoices choices) => ConfigurationLoader.Load(
        "/site",
        new SiteFiles(InitialConfiguration.Write(choices).ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal)),
        ImmutableDictionary<string, string>.Empty,
        version: 7);

    private static string File(InitialConfigurationChoices choices, string name) => InitialConfiguration.Write(choices).Single(f => f.Name == name).Text;
}
