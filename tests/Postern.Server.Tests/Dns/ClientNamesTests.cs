using System.Net;
using Postern.Policy.Access;
using Postern.Server.Dns;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Dns;

/// <summary>A client's name is what reverse DNS says and its own address records confirm.</summary>
public sealed class ClientNamesTests
{
    private const string Client = "203.0.113.9";

    [Fact]
    public async Task Name_whose_addresses_hold_the_client_is_confirmed() =>
        Assert.Equal("host.test", await FindAsync(new ScriptedDns().Reverse(Client, "host.test").Host("host.test", "192.0.2.9", Client)));

    [Fact]
    public async Task Ipv4_mapped_record_confirms_the_ipv4_client() =>
        Assert.Equal("host.test", await FindAsync(new ScriptedDns().Reverse(Client, "host.test").Host("host.test", $"::ffff:{Client}")));

    [Fact]
    public async Task Ipv6_client_is_confirmed_by_its_own_address_only()
    {
        ScriptedDns dns = new ScriptedDns().Reverse("2001:db8::9", "host.test").Host("host.test", "2001:db8:0:0::9");
        Assert.Equal("host.test", await FindAsync(dns, "2001:db8::9"));
        Assert.Equal("host.test (not confirmed)", await FindAsync(dns.Host("host.test", "2001:db8::8"), "2001:db8::9"));
    }

    [Fact]
    public async Task Forged_name_is_not_confirmed() =>
        Assert.Equal("bank.test (not confirmed)", await FindAsync(new ScriptedDns().Reverse(Client, "bank.test").Host("bank.test", "192.0.2.1")));

    [Fact]
    public async Task Name_without_addresses_or_with_trouble_is_not_confirmed()
    {
        Assert.Equal("gone.test (not confirmed)", await FindAsync(new ScriptedDns().Reverse(Client, "gone.test")));
        Assert.Equal("slow.test (not confirmed)", await FindAsync(new ScriptedDns().Reverse(Client, "slow.test").Host("slow.test", "?")));
    }

    [Fact]
    public async Task Of_many_names_the_confirmed_one_counts_in_any_order()
    {
        ScriptedDns dns = new ScriptedDns().Host("b.test", Client).Host("c.test", Client);
        Assert.Equal("b.test", await FindAsync(dns.Reverse(Client, "c.test", "a.test", "b.test")));
        Assert.Equal("b.test", await FindAsync(dns.Reverse(Client, "b.test", "a.test", "c.test")));
    }

    [Fact]
    public async Task Names_beyond_the_first_five_are_not_tried() =>
        Assert.Equal("a.test (not confirmed)", await FindAsync(new ScriptedDns().Host("z.test", Client).Reverse(Client, "z.test", "a.test", "b.test", "c.test", "d.test", "e.test")));

    [Fact]
    public async Task What_is_no_host_name_is_no_name()
    {
        Assert.Null(await FindAsync(new ScriptedDns().Reverse(Client, "localhost", "10.1.2.3", "a b.test", "x\r\nX-Spam: no.test", "")));
        Assert.Null(await FindAsync(new ScriptedDns()));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("::1")]
    [InlineData("fe80::1%1")]
    public async Task Nobody_is_asked_about_addresses_that_dns_cannot_know(string client) =>
        Assert.Null(await FindAsync(new ScriptedDns().Reverse(client, "host.test").Host("host.test", client.Split('%')[0]), client));

    [Fact]
    public async Task Trouble_is_told() => Assert.Equal("trouble: SERVFAIL", await FindAsync(new ScriptedDns().Reverse(Client, "?")));

    [Fact]
    public async Task Silence_ends_after_the_time_limit()
    {
        FakeTime time = new();
        ScriptedDns silent = new() { IsSilent = true };
        Task<DnsAnswer<ClientName>> asked = new ClientNames(silent, silent, time).FindAsync(IPAddress.Parse(Client), TestContext.Current.CancellationToken);
        await time.TimerAsync(ClientNames.TimeLimit);
        Assert.False(asked.IsCompleted);
        time.Advance(ClientNames.TimeLimit);
        Assert.Equal("no answer within 5 s", Assert.IsType<DnsAnswer<ClientName>.Trouble>(await asked).Reason);
    }

    private static async Task<string?> FindAsync(ScriptedDns dns, string client = Client) =>
        await new ClientNames(dns, dns, new FakeTime()).FindAsync(IPAddress.Parse(client), TestContext.Current.CancellationToken) switch
        {
            DnsAnswer<ClientName>.Found { Records: [var name] } => name.ToString(),
            DnsAnswer<ClientName>.Trouble trouble => $"trouble: {trouble.Reason}",
            _ => null,
        };
}
