using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Xunit;

namespace Postern.Policy.Tests.Channels;

/// <summary>The grammar of channel blocks (Administration Guide 6.3, ch. 12; PMDF System Manager's Guide 2.3).</summary>
public sealed class ChannelBlockTests
{
    private const string Local = "l\nmta.example.com\n\n";

    [Fact]
    public void Defaults_apply_to_later_blocks_and_own_options_win()
    {
        ChannelTable table = ChannelSource.Table(
            """
            defaults noswitchchannel maxjobs 3

            l
            mta.example.com

            DEFAULTS maxjobs 4

            a smtp allowswitchchannel
            a-daemon

            nodefaults

            b smtp
            b-daemon

            """);
        Assert.Equal((SwitchUse.No, 3), (table.Local.Switch, table.Local.MaxJobs));
        Assert.Equal((SwitchUse.Allow, 4), (Channel(table, "a").Switch, Channel(table, "a").MaxJobs));
        Assert.Equal((SwitchUse.Allow, null), (Channel(table, "b").Switch, Channel(table, "b").MaxJobs));
    }

    [Fact]
    public void Local_channel_routes_and_asks_for_aliases_by_itself()
    {
        ChannelTable table = ChannelSource.Table($"{Local}a\na-daemon\n");
        Assert.True(table.Local is { RouteLocal: true, ViaAliasRequired: true });
        Assert.True(Channel(table, "a") is { RouteLocal: false, ViaAliasRequired: false });
        Assert.False(ChannelSource.Table("l norouteLocal viaaliasoptional\nmta.example.com\n").Local.RouteLocal);
    }

    [Fact]
    public void Channel_without_notices_follows_the_local_one()
    {
        ChannelTable table = ChannelSource.Table("l notices 1 2\nmta.example.com\n\na\na-daemon\n\nb notices 7\nb-daemon\n");
        Assert.Equal([TimeSpan.FromDays(1), TimeSpan.FromDays(2)], Channel(table, "a").Notices);
        Assert.Equal([TimeSpan.FromDays(7)], Channel(table, "b").Notices);
    }

    [Fact]
    public void Notices_count_hours_with_return_units()
    {
        ChannelTable table = ChannelSource.Table("l notices 1 2\nmta.example.com\n", ("option.dat", "RETURN_UNITS=1\n"));
        Assert.Equal([TimeSpan.FromHours(1), TimeSpan.FromHours(2)], table.Local.Notices);
    }

    [Fact]
    public void Hosts_lead_to_their_channel_and_name_what_a_recipient_becomes()
    {
        ChannelTable table = ChannelSource.Table(
            $"""
            {Local}t smtp
            T-Daemon alias.example.com
            syn.example.com
            inner.example.com proper.example.com
            [192.0.2.7]
            bücher.example

            """);
        Assert.Equal("alias.example.com", Channel(table, "t").LocalHostAlias);
        Assert.Equal("T-Daemon", table.FindHost("t-daemon.")?.ProperName);
        Assert.Equal("T-Daemon", table.FindHost("SYN.example.com")?.ProperName);
        Assert.Equal("proper.example.com", table.FindHost("inner.example.com")?.ProperName);
        Assert.Equal("t", table.FindByHost("[192.0.2.7]")?.Name.ToString());
        Assert.Equal("t", table.FindByHost("xn--bcher-kva.example")?.Name.ToString());
        Assert.Null(table.FindByHost("example.com"));
    }

    [Fact]
    public void Comments_and_continuations_may_stand_inside_a_block()
    {
        ChannelTable table = ChannelSource.Table($"{Local}! a comment\nt smtp \\\n! another\n  port 26 \\\n  maxjobs 2\n! and one more\nt-daemon\n");
        Assert.True(Channel(table, "t") is { Smtp: true, Port: 26, MaxJobs: 2, Position.Line: 7 });
    }

    [Theory]
    [InlineData("t smtp\nt-daemon\n", "postern.cnf:3: error: the first channel must be \"l\", not \"t\"")]
    [InlineData("l\nmta.example.com\n\nt\nt-daemon\n\nt\nu-daemon\n", "postern.cnf:9: error: channel \"t\" is defined twice, first at postern.cnf:6")]
    [InlineData("l\nmta.example.com\n\nt\nMTA.Example.Com.\n", "postern.cnf:7: error: host \"MTA.Example.Com.\" is defined twice, first at postern.cnf:4")]
    [InlineData("l\nmta.example.com\n\nt\n\nu\nu-daemon\n", "postern.cnf:6: error: channel \"t\" has no second line with its official host name")]
    [InlineData("l\nmta.example.com\n\nt%\nt-daemon\n", "postern.cnf:6: error: \"t%\" is no channel name (at most 32 of a-z 0-9 _ $ -)")]
    [InlineData("l\nmta.example.com\n\nt\nt..daemon\n", "postern.cnf:7: error: \"t..daemon\" is no host name")]
    [InlineData("l\nmta.example.com\n\nt\nt-daemon a.example too\n", "postern.cnf:7: error: \"too\" is too much: an official host name and a local alias are all")]
    [InlineData("l\nmta.example.com\n\ndefaults smtp\nt-daemon\n", "postern.cnf:7: error: a defaults block has one line; a blank line must follow it")]
    [InlineData("l\nmta.example.com\n\ndefaults maxjosb 1\n\nt\nt-daemon\n", "postern.cnf:6: error: unknown channel option \"maxjosb\"; did you mean \"maxjobs\"?")]
    public void Fault_is_told_at_its_line(string blocks, string finding)
    {
        ConfigurationResult loaded = ChannelSource.Load(blocks);
        Assert.Null(loaded.Snapshot);
        Assert.Contains(finding, ChannelSource.Findings(loaded));
    }

    [Fact]
    public void Ignored_options_share_one_warning_at_the_first()
    {
        ConfigurationResult loaded = ChannelSource.Load($"{Local}t subdirs 9 network\nt-daemon\n\nu streaming 1 network\nu-daemon\n");
        Assert.Equal(["postern.cnf:6: warning: accepted and ignored: network, streaming, subdirs"], ChannelSource.Findings(loaded));
    }

    [Fact]
    public void Switching_by_unchecked_names_is_warned_of()
    {
        ConfigurationResult loaded = ChannelSource.Load($"{Local}t smtp switchchannel\nt-daemon\n");
        Assert.Equal(["postern.cnf:6: warning: channel \"t\" switches by host name and has \"forwardchecknone\"; only confirmed names will switch"], ChannelSource.Findings(loaded));
    }

    private static ChannelDefinition Channel(ChannelTable table, string name) =>
        table.FindByName(new ChannelName(name)) ?? throw new InvalidDataException($"no channel {name}");
}
