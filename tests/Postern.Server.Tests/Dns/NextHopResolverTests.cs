using System.Net;
using Postern.Server.Dns;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Dns;

public sealed class NextHopResolverTests
{
    private static readonly IPAddress Own = IPAddress.Parse("192.0.2.25");

    [Fact]
    public async Task Exchangers_come_in_order_of_preference()
    {
        ScriptedDns dns = new ScriptedDns().Mx("x.test", "20 b.test", "10 a.test").Host("a.test", "2001:db8::1", "198.51.100.1").Host("b.test", "198.51.100.2");
        Assert.Equal(
            ["a.test 2001:db8::1 25", "a.test 198.51.100.1 25", "b.test 198.51.100.2 25"], await FindAsync(dns, "x.test"));
    }

    [Fact]
    public async Task Equal_preferences_are_shuffled()
    {
        ScriptedDns dns = new ScriptedDns().Mx("x.test", "10 a.test", "10 b.test").Host("a.test", "198.51.100.1").Host("b.test", "198.51.100.2");
        Queue<double> random = new([0.9, 0.1]);
        Assert.Equal(["b.test 198.51.100.2 25", "a.test 198.51.100.1 25"], await FindAsync(dns, "x.test", random: random.Dequeue));
    }

    [Fact]
    public async Task Domain_without_exchanger_is_its_own()
    {
        Assert.Equal(["x.test 198.51.100.1 25"], await FindAsync(new ScriptedDns().Host("x.test", "198.51.100.1"), "x.test"));
    }

    [Theory]
    [InlineData("gone.test", "5.1.2")]
    [InlineData("empty.test", "5.1.2")]
    [InlineData("null.test", "5.1.10")]
    [InlineData("broken.test", "4.4.3")]
    [InlineData("brokenhost.test", "4.4.3")]
    [InlineData("nohost.test", "4.4.4")]
    [InlineData("us.test", "5.4.6")]
    [InlineData("usbyaddress.test", "5.4.6")]
    [InlineData("loopback.test", "5.4.6")]
    [InlineData("mapped.test", "5.4.6")]
    [InlineData("zero.test", "5.4.6")]
    [InlineData("evil.test", "4.4.4")]
    public async Task Fault_has_its_code(string host, string status)
    {
        ScriptedDns dns = new ScriptedDns()
            .Mx("empty.test")
            .Mx("null.test", "0 .")
            .Mx("broken.test", "?")
            .Mx("brokenhost.test", "10 slow.test").Host("slow.test", "?")
            .Mx("nohost.test", "10 nowhere.test")
            .Mx("us.test", "10 mail.example.com", "20 backup.test").Host("backup.test", "198.51.100.9")
            .Mx("usbyaddress.test", "10 alias.test", "20 backup.test").Host("alias.test", "192.0.2.25")
            .Host("loopback.test", "127.0.0.1")
            .Host("mapped.test", "::ffff:127.0.0.2")
            .Host("zero.test", "0.0.0.0")
            .Mx("evil.test", "10 mx\n250-ok.test", "20 mx\u2028.test").Host("mx\n250-ok.test", "198.51.100.9").Host("mx\u2028.test", "198.51.100.9");
        NextHopRoute route = await Resolver(dns).ResolveAsync(host, 25, useMx: true, allowOwnAddresses: false, TestContext.Current.CancellationToken);
        Assert.Equal(status, Assert.IsType<NextHopRoute.Unroutable>(route).Status.ToString());
    }

    [Theory]
    [InlineData("20 mail.example.com")]
    [InlineData("20 ours.test")]
    public async Task Only_hosts_before_us_are_tried(string own)
    {
        ScriptedDns dns = new ScriptedDns()
            .Mx("x.test", "10 a.test", own, "30 c.test")
            .Host("a.test", "198.51.100.1").Host("ours.test", "192.0.2.25").Host("c.test", "198.51.100.3");
        Assert.Equal(["a.test 198.51.100.1 25"], await FindAsync(dns, "x.test"));
    }

    [Fact]
    public async Task Exchanger_whose_name_is_none_is_passed_over()
    {
        ScriptedDns dns = new ScriptedDns().Mx("x.test", "10 mx\r250.test", "20 a_1.test").Host("mx\r250.test", "198.51.100.9").Host("a_1.test", "198.51.100.1");
        Assert.Equal(["a_1.test 198.51.100.1 25"], await FindAsync(dns, "x.test"));
    }

    [Fact]
    public async Task So_many_hosts_and_addresses_and_no_more()
    {
        ScriptedDns dns = new ScriptedDns().Mx("x.test", [.. Enumerable.Range(1, 20).Select(i => $"{i} h{i}.test")]);
        for (int i = 1; i <= 20; i++) dns.Host($"h{i}.test", $"198.51.{i}.1", $"198.51.{i}.2", $"198.51.{i}.3");
        Assert.Equal(10, (await FindAsync(dns, "x.test")).Length);
        foreach (int i in Enumerable.Range(1, 20)) dns.Host($"h{i}.test", $"198.51.{i}.1");
        Assert.Equal(5, (await FindAsync(dns, "x.test")).Length);
    }

    [Theory]
    [InlineData("[198.51.100.7]", "198.51.100.7")]
    [InlineData("[IPv6:2001:db8::7]", "2001:db8::7")]
    [InlineData("198.51.100.7", "198.51.100.7")]
    public async Task Literal_needs_no_look_up(string host, string address) =>
        Assert.Equal([$"{host} {address} 25"], await FindAsync(new ScriptedDns(), host));

    [Theory]
    [InlineData("[127.0.0.1]")]
    [InlineData("[IPv6:::1]")]
    [InlineData("[IPv6:::ffff:127.0.0.1]")]
    [InlineData("[192.0.2.25]")]
    public async Task Own_address_is_for_administrators(string host)
    {
        NextHopResolver resolver = Resolver(new ScriptedDns());
        Assert.IsType<NextHopRoute.Unroutable>(await resolver.ResolveAsync(host, 25, true, allowOwnAddresses: false, TestContext.Current.CancellationToken));
        Assert.IsType<NextHopRoute.Found>(await resolver.ResolveAsync(host, 25, false, allowOwnAddresses: true, TestContext.Current.CancellationToken));
    }

    private static NextHopResolver Resolver(ScriptedDns dns, Func<double>? random = null) =>
        new(dns, dns, () => new HashSet<string> { "mail.example.com" }, a => a.Equals(Own), random ?? (() => 0.5));

    private static async Task<string[]> FindAsync(ScriptedDns dns, string host, Func<double>? random = null)
    {
        NextHopRoute route = await Resolver(dns, random).ResolveAsync(host, 25, useMx: true, allowOwnAddresses: false, TestContext.Current.CancellationToken);
        return [.. Assert.IsType<NextHopRoute.Found>(route).Targets.Select(t => $"{t.Name} {t.Address} {t.Port}")];
    }
}
