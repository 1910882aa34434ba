using System.Net;
using Postern.Server.Dns;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Dns;

/// <summary>Next hops out of a real name server's answers (RFC 5321 §5.1).</summary>
public sealed class NextHopLookupTests
{
    [Fact]
    public async Task Addresses_of_both_families_come_by_turns()
    {
        await using ZoneServer server = new(
            "x.test MX 20 b.test", "x.test MX 10 a.test", "a.test A 198.51.100.1", "a.test A 198.51.100.2", "a.test A 198.51.100.3", "a.test AAAA 2001:db8::1", "a.test AAAA 2001:db8::2", "b.test A 198.51.100.4");
        Assert.Equal("a.test 2001:db8::1, a.test 198.51.100.1, a.test 2001:db8::2, a.test 198.51.100.2, a.test 198.51.100.3, b.test 198.51.100.4", await RouteAsync(server, "x.test"));
    }

    [Fact]
    public async Task Aliases_are_followed()
    {
        string[] chain = [.. Enumerable.Range(0, 8).Select(i => $"c{i}.test CNAME c{i + 1}.test")];
        await using ZoneServer server = new([.. chain, "c8.test MX 10 m.test", "m.test CNAME n.test", "n.test A 198.51.100.1"]);
        Assert.Equal("m.test 198.51.100.1", await RouteAsync(server, "c0.test"));
    }

    [Theory]
    [InlineData("alias.test", "a.test 198.51.100.1")]
    [InlineData("plain.test", "plain.test 198.51.100.2")]
    [InlineData("dangling.test", "5.1.2")]
    [InlineData("none.test", "5.1.2")]
    [InlineData("empty.test", "5.1.2")]
    [InlineData("null.test", "5.1.10")]
    [InlineData("nullalias.test", "5.1.10")]
    [InlineData("nowhere.test", "4.4.4")]
    [InlineData("us.test", "5.4.6")]
    public async Task Answers_have_their_meaning(string host, string route)
    {
        await using ZoneServer server = new(
            "alias.test CNAME target.test", "target.test MX 10 a.test", "a.test A 198.51.100.1",
            "plain.test A 198.51.100.2",
            "dangling.test CNAME gone.test",
            "empty.test CNAME empty2.test",
            "null.test MX 0 .", "nullalias.test CNAME null.test",
            "nowhere.test MX 10 gone.test",
            "us.test MX 10 ours.test", "ours.test CNAME mail.example.com", "mail.example.com A 192.0.2.25");
        Assert.Equal(route, await RouteAsync(server, host));
    }

    private static async Task<string> RouteAsync(ZoneServer server, string host)
    {
        DnsClientLookup dns = new([server.Address]);
        NextHopResolver resolver = new(dns, dns, () => new HashSet<string> { "mail.example.com" }, a => a.Equals(IPAddress.Parse("192.0.2.25")), () => 0.5);
        return await resolver.ResolveAsync(host, 25, useMx: true, allowOwnAddresses: false, TestContext.Current.CancellationToken) switch
        {
            NextHopRoute.Found { Targets: var targets } => string.Join(", ", targets.Select(t => $"{t.Name} {t.Address}")),
            NextHopRoute.Unroutable none => none.Status.ToString(),
            var other => throw new InvalidOperationException(other.ToString()),
        };
    }
}
