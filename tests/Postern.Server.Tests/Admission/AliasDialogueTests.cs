using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Postern.Policy.Tests.Aliases;
using Postern.Queue;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Admission;

/// <summary>The alias cases once more, as dialogues: what the policy says of a recipient is what a client is told and what the queue holds.</summary>
public sealed class AliasDialogueTests
{
    private static readonly Dictionary<string, AliasCase> Cases = AliasCase.ReadAll();
    private static readonly SiteFiles Base = SiteFiles.Read("access/site");

    /// <summary>Without those that need AUTH, parameters the session does not take, or content that the list refuses.</summary>
    public static TheoryData<string> Names =>
    [
        .. Cases.Values.Where(c => c.One("rcpt") is not null && c.One("user") is null && c.One("notify") is null && c.One("objects") is null).Select(c => c.Name),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Client_is_told_and_the_queue_holds_the_same(string name)
    {
        AliasCase given = Cases[name];
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", given.Change(Base), new Dictionary<string, string>(), version: 1);
        await using ServerBench bench = new(loaded.Snapshot);
        Connection client = await bench.GreetAsync(given.One("client") ?? ServerBench.Outsider);
        string size = given.One("size") is { } octets && given.One("header") is null ? $" SIZE={octets}" : "";
        string from = given.One("from")?.Trim('<', '>') ?? "s@x.test";
        Assert.StartsWith("250", await client.SayAsync($"MAIL FROM:<{from}>{size}"));
        string reply = (await client.SayAsync($"RCPT TO:<{given.One("rcpt")}>"))!;
        if (given.One("refused") is { } refused)
        {
            Assert.StartsWith($"{refused}: {given.One("rcpt")}", reply);
            return;
        }

        Assert.StartsWith("250 2.1.5", reply);
        Assert.StartsWith("354", await client.SayAsync("DATA"));
        string header = given.One("header")?.Replace("\n", "\r\n", StringComparison.Ordinal) ?? "Subject: hi\r\n";
        Assert.StartsWith("250 2.0.0", await client.SayAsync($"{header}\r\nbody\r\n."));
        IEnumerable<string> queued = (await bench.ListAsync())
            .Select(e => $"{e.Channel}: {(e.ReversePath.Length == 0 ? "<>" : e.ReversePath)} -> {e.Recipient}{(e.State == RecipientState.Held ? " held" : "")}");
        IEnumerable<string> wanted = given.All("want").Select(w => w.Contains("held: ", StringComparison.Ordinal) ? $"{w[..w.IndexOf(" [", StringComparison.Ordinal)]} held" : w.Split(" [")[0]);
        Assert.Equal(wanted.Order(StringComparer.Ordinal), queued.Order(StringComparer.Ordinal));
    }
}
