using System.Text.Json;
using Postern.Policy.Configuration;
using Postern.Server.Listening;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Operations;

/// <summary>A thousand reloads while mail comes in: no session notices, and no decision is made of two configurations.</summary>
public sealed class ReloadUnderLoadTests
{
    private const int Reloads = 1000;
    private const int Clients = 8;
    private const string Odd = "Relaying not permitted", Even = "No relaying here";

    private static readonly (string File, Func<string, string> Change) Logged =
        ("option.dat", text => text + "LOG_DECISIONS=all\n");

    private static readonly (string File, Func<string, string> Change) OtherWords =
        ("mappings", text => text.Replace("$NRelaying$ not$ permitted", "$NNo$ relaying$ here", StringComparison.Ordinal));

    private static readonly (string File, Func<string, string> Change) WithTeam =
        ("aliases", text => text + "\nteam: bob@example.com\n");

    [Fact]
    public async Task Every_decision_belongs_to_one_configuration()
    {
        await using ServerBench bench = new(Site.Snapshot(Logged, WithTeam));
        ConfigurationSnapshot odd = bench.Live.Current, even = Site.Snapshot(Logged, OtherWords);
        ConfigurationReload reload = new(
            bench.Live, odd, new TlsIdentity(), version => new ConfigurationResult((version % 2 == 0 ? even : odd) with { Version = version }, []));
        using SemaphoreSlim pace = new(0), finished = new(0);
        using CancellationTokenSource done = new();
        Task<int>[] clients = [.. Enumerable.Range(0, Clients).Select(i => Task.Run(() => TalkAsync(bench, i, pace, finished, done.Token)))];
        for (int i = 0; i < Reloads; i++)
        {
            // Others are in the middle of theirs while one is finished and one begins.
            Assert.True(reload.Run().IsReplaced);
            Task one = finished.WaitAsync(TestContext.Current.CancellationToken);
            if (await Task.WhenAny([one, .. clients]) != one) break;
            pace.Release();
        }

        await done.CancelAsync();
        int[] transactions = await Task.WhenAll(clients);
        Assert.All(transactions, count => Assert.True(count > 0));
        Assert.Equal(Reloads + 1, bench.Live.Current.Version);

        HashSet<long> versions = [];
        int decisions = 0;
        foreach (string line in await bench.DecisionsAsync())
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement told = document.RootElement;
            if (told.GetProperty("rcpt_to").GetString() is not { } recipient) continue;
            long version = told.GetProperty("snapshot").GetInt64();
            bool isEven = version % 2 == 0;
            string reply = told.GetProperty("reply").GetString()!;

            // Text, destination of the other recipient and the table's line all come from one side.
            if (recipient == "v@other.example") Assert.Equal($"550 5.7.1 {(isEven ? Even : Odd)}: v@other.example", reply);
            else Assert.Equal(isEven ? "550 5.1.1 unknown or illegal alias: team@example.com" : "250 2.1.5 recipient ok", reply);
            versions.Add(version);
            decisions++;
        }

        Assert.Equal(2 * transactions.Sum(), decisions);
        Assert.Contains(versions, v => v % 2 == 0);
        Assert.Contains(versions, v => v % 2 == 1);
    }

    /// <summary>Transactions with two recipients, until told to stop.</summary>
    /// <returns>how many.</returns>
    private static async Task<int> TalkAsync(ServerBench bench, int number, SemaphoreSlim pace, SemaphoreSlim finished, CancellationToken stop)
    {
        Connection client = await bench.GreetAsync();
        int transactions = 0;
        do
        {
            Assert.StartsWith("250", await client.SayAsync($"MAIL FROM:<s{number}@ext.example>"));
            string? relayed = await client.SayAsync("RCPT TO:<v@other.example>");
            string? local = await client.SayAsync("RCPT TO:<team@example.com>");

            // A transaction keeps the configuration of its MAIL, however many reloads come in between.
            Assert.Equal(relayed!.Contains(Even, StringComparison.Ordinal), local!.StartsWith("550", StringComparison.Ordinal));
            Assert.StartsWith("250", await client.SayAsync("RSET"));
            transactions++;
            finished.Release();
        }
        while (await MayGoOnAsync(pace, stop));

        Assert.StartsWith("221", await client.SayAsync("QUIT"));
        Assert.Null(await client.ReplyAsync());
        return transactions;
    }

    private static async Task<bool> MayGoOnAsync(SemaphoreSlim pace, CancellationToken stop)
    {
        try
        {
            await pace.WaitAsync(stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
