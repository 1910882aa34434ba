using System.Net;
using Postern.Policy.Access;
using Postern.Server.Dns;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Dns;

/// <summary>Reverse names from a real name server.</summary>
public sealed class ReverseLookupTests
{
    [Theory]
    [InlineData("203.0.113.9", "9.113.0.203.in-addr.arpa")]
    [InlineData("2001:db8::9", "9.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public async Task Names_of_an_address_are_asked_for_in_its_reverse_zone(string address, string question)
    {
        await using NameServer server = new(0, "Host.Example", "other.example");
        DnsAnswer<string>.Found found = Assert.IsType<DnsAnswer<string>.Found>(await AskAsync(server, address));
        Assert.Equal(["host.example", "other.example"], found.Records.Order(StringComparer.Ordinal));
        Assert.Equal([question], server.Asked);
    }

    [Fact]
    public async Task Labels_with_blanks_or_line_ends_make_no_client_name()
    {
        await using NameServer server = new(0, "a b.example", "x\r\ny.example", "(c).example", "\u00e4.example");
        DnsAnswer<string>.Found found = Assert.IsType<DnsAnswer<string>.Found>(await AskAsync(server, "203.0.113.9"));
        Assert.NotEmpty(found.Records);
        Assert.All(found.Records, n => Assert.Null(ClientName.Of(n, confirmed: true)));
    }

    [Fact]
    public async Task Missing_name_and_trouble_are_two_answers()
    {
        await using NameServer none = new(3), failing = new(2);
        Assert.IsType<DnsAnswer<string>.NoSuchName>(await AskAsync(none, "203.0.113.9"));
        Assert.IsType<DnsAnswer<string>.Trouble>(await AskAsync(failing, "203.0.113.9"));
    }

    private static Task<DnsAnswer<string>> AskAsync(NameServer server, string address) =>
        new DnsClientLookup([server.Address]).NamesAsync(IPAddress.Parse(address), TestContext.Current.CancellationToken);
}
