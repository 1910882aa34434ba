using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Ldap;

/// <summary>A server that goes away, comes back and changes: each test has its own.</summary>
public sealed class DirectoryOutageTests
{
    private const string Found = "ims-ms: bob@ims-ms-daemon";
    private const string Inactive = "450 4.2.1 mailbox temporarily unavailable: bob@example.com";

    [Fact]
    public async Task Down_is_not_unknown_and_back_is_back()
    {
        await using SlapdServer server = await SlapdServer.StartedAsync();
        await using DirectorySite site = new(DirectorySite.Snapshot(server.Port, "LDAP_CACHE_SIZE=0"));
        Assert.Equal(Found, await site.OutcomeAsync("bob@example.com"));

        await server.StopAsync();
        Assert.Equal("451 4.3.0 temporary directory failure: unknown@example.com", await site.OutcomeAsync("unknown@example.com"));
        Assert.Equal("451 4.0.0 Temporary lookup failure: any@elsewhere.test", await site.OutcomeAsync("any@elsewhere.test"));

        await server.StartAsync();
        Assert.Equal("451 4.3.0 temporary directory failure: bob@example.com", await site.OutcomeAsync("bob@example.com"));
        site.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Found, await site.OutcomeAsync("bob@example.com"));
    }

    [Fact]
    public async Task A_connection_that_died_while_idle_is_replaced()
    {
        await using SlapdServer server = await SlapdServer.StartedAsync();
        await using DirectorySite site = new(DirectorySite.Snapshot(server.Port, "LDAP_CACHE_SIZE=0"));
        Assert.Equal(Found, await site.OutcomeAsync("bob@example.com"));
        await server.StopAsync();
        await server.StartAsync();
        Assert.Equal(Found, await site.OutcomeAsync("bob@example.com"));
    }

    [Fact]
    public async Task Answers_are_used_again_for_their_time_and_no_longer()
    {
        await using SlapdServer server = await SlapdServer.StartedAsync();
        await using DirectorySite site = new(DirectorySite.Snapshot(server.Port, "LDAP_CACHE_TTL=300\nLDAP_CACHE_NEGATIVE_TTL=30"));
        Assert.Equal(Found, await site.OutcomeAsync("bob@example.com"));
        Assert.StartsWith("550 5.1.1", await site.OutcomeAsync("newcomer@example.com"));
        await server.ModifyAsync("""
            dn: uid=bob,o=example.com,o=isp
            changetype: modify
            add: mailUserStatus
            mailUserStatus: inactive

            dn: uid=newcomer,o=example.com,o=isp
            changetype: add
            objectClass: account
            objectClass: inetMailUser
            uid: newcomer
            mail: newcomer@example.com

            """);

        site.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.StartsWith("550 5.1.1", await site.OutcomeAsync("newcomer@example.com"));
        site.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("ims-ms: newcomer@ims-ms-daemon", await site.OutcomeAsync("newcomer@example.com"));
        site.Time.Advance(TimeSpan.FromSeconds(269));
        Assert.Equal(Found, await site.OutcomeAsync("bob@example.com"));
        site.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Inactive, await site.OutcomeAsync("bob@example.com"));
    }

    [Fact]
    public async Task What_is_in_the_cache_outlives_the_server()
    {
        await using SlapdServer server = await SlapdServer.StartedAsync();
        await using DirectorySite site = new(DirectorySite.Snapshot(server.Port));
        Assert.Equal(Found, await site.OutcomeAsync("bob@example.com"));
        await server.StopAsync();
        Assert.Equal(Found, await site.OutcomeAsync("bob@example.com"));
        Assert.StartsWith("451 4.3.0", await site.OutcomeAsync("here@example.com"));
    }

    [Fact]
    public async Task A_session_defers_while_the_directory_is_down_and_goes_on_when_it_is_back()
    {
        await using SlapdServer server = await SlapdServer.StartedAsync();
        await using ServerBench bench = new(DirectorySite.Snapshot(server.Port, "LDAP_CACHE_SIZE=0\nREPLY_ID=0"));
        Connection client = await bench.GreetAsync();
        Assert.StartsWith("250 ", await client.SayAsync("MAIL FROM:<s@x.test>"));
        Assert.Equal("250 2.1.5 recipient ok", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.Equal("550 5.1.1 unknown or illegal alias: nobody@example.com", await client.SayAsync("RCPT TO:<nobody@example.com>"));

        await server.StopAsync();
        Assert.Equal("451 4.3.0 temporary directory failure: here@example.com", await client.SayAsync("RCPT TO:<here@example.com>"));

        // A reload forgets that the server was away.
        await server.StartAsync();
        Assert.True(bench.Live.TryReplace(new Policy.Configuration.ConfigurationResult(bench.Live.Current with { Version = 2 }, []), out _));
        Assert.Equal("250 2.1.5 recipient ok", await client.SayAsync("RCPT TO:<here@example.com>"));
    }
}
