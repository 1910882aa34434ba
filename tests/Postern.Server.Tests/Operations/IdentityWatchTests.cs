using System.Net;
using Postern.Policy.Configuration;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Operations;

/// <summary>An internal address that greets with the names of many domains stands for strangers.</summary>
public sealed class IdentityWatchTests
{
    private static readonly IPAddress Inside = IPAddress.Parse("10.1.1.7");
    private static readonly PosternOptions Three = PosternOptions.Default with { IdentityLossNames = 3 };

    private readonly FakeTime _time = new();
    private readonly List<IPAddress> _told = [];

    [Theory]
    [InlineData("a.one.test,b.two.test,c.three.test", true)]
    [InlineData("a.one.test,b.two.example,c.three.invalid", true)]
    [InlineData("pc1,pc2,pc3,pc4,pc5", false)]
    [InlineData("[10.0.0.1],[10.0.0.2],[198.51.100.1],[IPv6:2001:db8::1]", false)]
    [InlineData("a.x.test,b.x.test,c.x.test,d.x.test", false)]
    public void Only_unrelated_names_count(string names, bool suspect)
    {
        IdentityWatch watch = Watch();
        foreach (string name in names.Split(',')) watch.Note(Inside, name, Three);
        Assert.Equal(suspect, watch.IsSuspect(Inside));
        Assert.Equal(suspect ? 1 : 0, _told.Count);
    }

    [Fact]
    public void Suspicion_ends_after_a_day()
    {
        IdentityWatch watch = Watch();
        foreach (string name in (string[])["x.a.test", "x.b.test", "x.c.test", "x.d.test"]) watch.Note(Inside, name, Three);
        Assert.Single(_told);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(watch.IsSuspect(Inside));
        Assert.False(watch.Note(Inside, "x.e.test", Three));
    }

    [Fact]
    public void Zero_counts_nobody()
    {
        IdentityWatch watch = Watch();
        for (int i = 0; i < 50; i++) Assert.False(watch.Note(Inside, $"x.d{i}.test", PosternOptions.Default with { IdentityLossNames = 0 }));
    }

    [Fact]
    public void Memory_is_bounded_and_keeps_the_suspects()
    {
        IdentityWatch watch = Watch();
        foreach (string name in (string[])["x.a.test", "x.b.test", "x.c.test"]) watch.Note(Inside, name, Three);
        for (int i = 0; i < 3000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            watch.Note(new IPAddress([10, 2, (byte)(i >> 8), (byte)i]), "x.a.test", Three);
        }

        Assert.True(watch.IsSuspect(Inside));
    }

    [Theory]
    [InlineData("warn", "250")]
    [InlineData("external", "550 5.7.1 Relaying not permitted")]
    public async Task Suspect_address_is_warned_of_and_external_where_that_was_chosen(string action, string reply)
    {
        await using ServerBench bench = new(Site.Snapshot(("option.dat", t => $"{t}\nIDENTITY_LOSS_NAMES=3\nIDENTITY_LOSS_ACTION={action}\n")));
        foreach (string name in (string[])["mail.one.example", "mail.two.example"]) Assert.StartsWith("250", await RelayAsync(bench, name));
        Assert.StartsWith(reply, await RelayAsync(bench, "mail.three.example"));
        Assert.StartsWith(reply, await RelayAsync(bench, "pc1"));
        string warning = Assert.Single(bench.Log.Lines, l => l.Contains("NAT gateway or a port forwarder", StringComparison.Ordinal));
        Assert.StartsWith($"internal address {ServerBench.Insider} greeted with the names of 3 unrelated domains", warning);

        // Somebody else inside is not concerned.
        Connection other = await bench.GreetAsync("10.9.9.9");
        await other.SayAsync("MAIL FROM:<bob@example.com>");
        Assert.StartsWith("250", await other.SayAsync("RCPT TO:<v@other.example>"));
    }

    private static async Task<string?> RelayAsync(ServerBench bench, string name)
    {
        Connection client = bench.Connect(ServerBench.Insider);
        await client.ReplyAsync();
        await client.SayAsync($"EHLO {name}");
        await client.SayAsync("MAIL FROM:<bob@example.com>");
        return await client.SayAsync("RCPT TO:<v@other.example>");
    }

    private IdentityWatch Watch() => new(_time, (client, _) => _told.Add(client));
}
