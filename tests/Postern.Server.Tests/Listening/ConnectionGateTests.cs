using System.Net;
using Postern.Server.Listening;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Listening;

/// <summary>The limits of open and new connections, each at its edge.</summary>
public sealed class ConnectionGateTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void Each_limit_is_told_by_its_name_and_a_place_that_was_left_can_be_taken_again()
    {
        ConnectionGate gate = new(_time, maximum: 5, perAddress: 2, perNetwork: 3);
        Assert.Equal([null, null, ConnectionRefusal.Address], Enter(gate, "203.0.113.1", "203.0.113.1", "203.0.113.1"));
        Assert.Equal([null, ConnectionRefusal.Network], Enter(gate, "203.0.113.2", "203.0.113.3"));
        Assert.Equal([null, null, ConnectionRefusal.Service], Enter(gate, "198.51.100.1", "2001:db8::1", "2001:db8:0:1::1"));
        Assert.Equal(5, gate.Open);
        gate.Leave(IPAddress.Parse("203.0.113.1"));
        Assert.Equal([null], Enter(gate, "203.0.113.3"));
    }

    [Fact]
    public void Network_of_IPv6_is_a_64()
    {
        ConnectionGate gate = new(_time, maximum: 0, perNetwork: 2);
        Assert.Equal([null, null, ConnectionRefusal.Network, null], Enter(gate, "2001:db8::1", "2001:db8::ffff:1", "2001:db8::2", "2001:db8:0:1::1"));
    }

    [Fact]
    public void Zero_is_no_limit()
    {
        ConnectionGate gate = new(_time, maximum: 0);
        Assert.All(Enter(gate, [.. Enumerable.Repeat("203.0.113.1", 5000)]), Assert.Null);
    }

    [Fact]
    public void Rate_counts_connections_that_are_gone_and_is_an_average()
    {
        ConnectionGate gate = new(_time, maximum: 0, perMinute: 3);
        Assert.Equal(3, Visits(gate, 10));
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(1, Visits(gate, 10));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, Visits(gate, 10));
        Assert.Equal([null], Enter(gate, "203.0.113.2"));
        Assert.Equal(1, gate.Open);
    }

    [Fact]
    public async Task Places_taken_and_left_at_the_same_time_are_all_free_in_the_end()
    {
        ConnectionGate gate = new(_time, maximum: 40, perAddress: 3, perNetwork: 20);
        await Parallel.ForEachAsync(Enumerable.Range(0, 20_000), TestContext.Current.CancellationToken, (n, _) =>
        {
            IPAddress address = IPAddress.Parse($"203.0.{n % 3}.{n % 7}");
            if (gate.Enter(address) is null) gate.Leave(address);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(0, gate.Open);
        Assert.Equal([null, null, null, ConnectionRefusal.Address], Enter(gate, [.. Enumerable.Repeat("203.0.0.0", 4)]));
    }

    private static ConnectionRefusal?[] Enter(ConnectionGate gate, params string[] clients) => [.. clients.Select(c => gate.Enter(IPAddress.Parse(c)))];

    private static int Visits(ConnectionGate gate, int count)
    {
        IPAddress client = IPAddress.Parse("203.0.113.1");
        int entered = 0;
        for (int i = 0; i < count; i++)
        {
            if (gate.Enter(client) is not null) continue;
            entered++;
            gate.Leave(client);
        }

        return entered;
    }
}
