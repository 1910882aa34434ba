using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Dns;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>IP_ACCESS has the last word before each outgoing connection.</summary>
public sealed class AddressGateTests
{
    private readonly KeptLog _log = new();

    [Fact]
    public async Task Refused_address_returns_the_message_and_the_reason_stays_in_the_log()
    {
        await using SmtpSink sink = new();
        Assert.Equal(["failed 5.1.2"], await DeliverAsync("tcp_local|1|1|127.0.0.1|sink.test  $NBad$ neighbours", sink.Target));
        Assert.Equal(0, sink.Connections);
        string line = Assert.Single(_log.Lines, l => l.Contains("Bad neighbours", StringComparison.Ordinal));
        Assert.Matches("sink.test 127.0.0.1: refused Bad neighbours \\[IP_ACCESS mappings:[0-9]+ \"tcp_local\\|1\\|1\\|127.0.0.1\\|sink.test\"\\]$", line);
    }

    [Fact]
    public async Task Skipped_address_makes_way_for_the_next()
    {
        await using SmtpSink first = new(), second = new();
        Assert.Equal(["delivered"], await DeliverAsync("*|1|2|*  $I", first.Target, second.Target));
        Assert.Equal((0, 1), (first.Connections, second.Connections));
    }

    [Theory]
    [InlineData("*  $I")]
    [InlineData("*  $Anowhere")]
    [InlineData("*  $[dns_verify,down.test|$$Y|$$N]")]
    public async Task Where_no_address_is_left_the_message_waits(string entry)
    {
        await using SmtpSink sink = new();
        Assert.Equal(["deferred 4.4.1"], await DeliverAsync(entry, sink.Target));
        Assert.Equal(0, sink.Connections);
    }

    [Fact]
    public async Task Another_address_takes_the_place_of_the_one_asked_about()
    {
        await using SmtpSink sink = new();
        Assert.Equal(["delivered"], await DeliverAsync("*|192.0.2.66|*  $A127.0.0.1", sink.Target with { Address = IPAddress.Parse("192.0.2.66") }));
        Assert.Equal(1, sink.Connections);
        Assert.Contains(_log.Lines, l => l.Contains("sink.test 192.0.2.66: replaced by 127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_takes_effect_at_the_next_connection()
    {
        await using SmtpSink sink = new();
        LiveConfiguration live = new(Snapshot("*  $I"));
        Assert.Equal(["deferred 4.4.1"], await DeliverAsync(live, sink.Target));
        Assert.True(live.TryReplace(Site.Load(2), out _));
        Assert.Equal(["delivered"], await DeliverAsync(live, sink.Target));
    }

    private static ConfigurationSnapshot Snapshot(string entry) => Site.Snapshot(("mappings", t => $"{t}\nIP_ACCESS\n\n  {entry}\n"));

    private Task<string[]> DeliverAsync(string entry, params NextHopTarget[] targets) => DeliverAsync(new LiveConfiguration(Snapshot(entry)), targets);

    private async Task<string[]> DeliverAsync(LiveConfiguration live, params NextHopTarget[] targets)
    {
        ConfigurationSnapshot snapshot = live.Current;
        CalloutLoop callouts = new(new ServerCallouts(new DnsRoutines(new ScriptedDns().Host("down.test", "?")), throttles: null), TimeProvider.System);
        AddressGate gate = new(() => live.Policy, callouts, _log);
        ChannelDefinition channel = snapshot.Channels.FindByName(new ChannelName("tcp_local"))! with { TlsClient = TlsUse.No, LoopCheck = false };
        ImmutableArray<RecipientOutcome> outcomes = await new SmtpDelivery(new FixedRoute(targets), TimeProvider.System, _log, gate)
            .DeliverAsync(Attempts.For(snapshot, channel, ["a@x.test"]), TestContext.Current.CancellationToken);
        return Attempts.Words(outcomes);
    }
}
