using Postern.Policy.Configuration;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Access;

/// <summary>A table that is wrong, missing or cannot be asked never lets more through than a right one.</summary>
public sealed class WrongTableTests
{
    [Fact]
    public void Missing_ORIG_SEND_ACCESS_starts_no_listener()
    {
        ConfigurationResult loaded = Site.Load(1, ("mappings", t => t.Replace("ORIG_SEND_ACCESS\n", "ORIG_SEND_ACESS\n", StringComparison.Ordinal)));
        Assert.Null(loaded.Snapshot);
        Assert.Contains(loaded.Diagnostics, d => d.IsError && d.Text.StartsWith("there is no ORIG_SEND_ACCESS table, so anybody could relay", StringComparison.Ordinal));
        Assert.Null(RelayGuard.Fault(Site.Snapshot()));
    }

    [Fact]
    public async Task Reload_without_the_relay_table_keeps_the_old_one()
    {
        await using ServerBench bench = new();
        Assert.False(bench.Live.TryReplace(Site.Load(2, ("mappings", _ => "NOTHING\n\n  *  $Y\n")), out _));
        Assert.StartsWith("550 5.7.1 Relaying not permitted", await RecipientAsync(bench, "v@other.example"));
    }

    [Theory]
    [InlineData("*|bob@*  $N$QNo", "\"$Q\" has no meaning in table \"ORIG_MAIL_ACCESS\"", "550 5.7.1 No: bob@example.com")]
    [InlineData("*|bob@*  $N$TNo", "\"$T\" does nothing in this release in table \"ORIG_MAIL_ACCESS\"", "550 5.7.1 unknown host or domain: bob@example.com")]
    [InlineData("*|bob@*  $N$Dsoon|No", "$D \"soon\" is no number", "550 5.7.1 No: bob@example.com")]
    [InlineData("*|bob@*  $N$X9|No", "$X \"9\" is no rejection status", "550 5.7.1 No: bob@example.com")]
    public async Task Bad_flag_or_argument_is_warned_of_and_still_refuses(string entry, string warning, string reply)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(("mappings", t => $"{t}\nORIG_MAIL_ACCESS\n\n  {entry}\n"), ("option.dat", t => $"{t}\nREPLY_ID=0\n"));
        Assert.Contains(snapshot.Diagnostics, d => d.Text.EndsWith(warning, StringComparison.Ordinal));
        await using ServerBench bench = new(snapshot);
        Assert.Equal(reply, await RecipientAsync(bench, "bob@example.com"));
    }

    [Theory]
    [InlineData("$I$N")]
    [InlineData("$Igroup|name")]
    public async Task Group_check_is_not_loaded(string template)
    {
        await using ServerBench bench = new();
        Assert.False(bench.Live.TryReplace(Site.Load(2, ("mappings", t => $"{t}\nMAIL_ACCESS\n\n  *  {template}\n")), out var diagnostics));
        Assert.Contains(diagnostics, d => d.IsError && d.Text == "entry \"*\": \"$I\" is not supported in table \"MAIL_ACCESS\"");
        Assert.Equal(1, bench.Live.Current.Version);
    }

    [Theory]
    [InlineData("PORT_ACCESS", "421 4.3.0 temporary access check failure")]
    [InlineData("FROM_ACCESS", "451 4.3.0 temporary access check failure")]
    [InlineData("ORIG_SEND_ACCESS", "451 4.3.0 temporary access check failure")]
    [InlineData("ORIG_MAIL_ACCESS", "451 4.3.0 temporary access check failure")]
    [InlineData("SEND_ACCESS", "451 4.3.0 temporary access check failure")]
    [InlineData("MAIL_ACCESS", "451 4.3.0 temporary access check failure")]
    public async Task Callout_that_is_down_defers(string table, string reply)
    {
        ScriptedDns dns = new ScriptedDns().Host("down.test", "?");
        const string Entry = "  *  $C$[dns_verify,down.test|$$Y|$$N]$E\n";
        Func<string, string> change = t => t.Contains($"\n{table}\n", StringComparison.Ordinal)
            ? t.Replace($"\n{table}\n\n", $"\n{table}\n\n{Entry}", StringComparison.Ordinal)
            : $"{t}\n{table}\n\n{Entry}";
        await using ServerBench bench = new(Site.Snapshot(("mappings", change), ("option.dat", t => $"{t}\nREPLY_ID=0\n")), dns: dns);
        Assert.Equal(reply, await RecipientAsync(bench, "bob@example.com"));
    }

    /// <summary>The reply that ends the dialogue, or that to RCPT.</summary>
    private static async Task<string?> RecipientAsync(ServerBench bench, string recipient)
    {
        Connection client = bench.Connect();
        string? reply = await client.ReplyAsync();
        foreach (string command in (string[])["EHLO client.test", "MAIL FROM:<s@ext.example>", $"RCPT TO:<{recipient}>"])
        {
            if (reply is null || reply[0] != '2') return reply;
            reply = await client.SayAsync(command);
        }

        return reply;
    }
}
