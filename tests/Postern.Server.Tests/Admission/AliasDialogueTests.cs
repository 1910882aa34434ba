using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Postern.Policy.Tests.Aliases;
using Postern.Queue;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Admission;

/// <summary>The alias cases once more, as dialogues: what the policy says of a recipient is what a client is told and what the queue holds.</summary>
public sealed class AliasDialogueTests
{
    private static readonly IReadOnlyDictionary<string, AliasCase> Cases = AliasCase.ReadAll();
    private static readonly SiteFiles Base = SiteFiles.Read("access/site");

    /// <summary>Without those that need AUTH, parameters the session does not take, or content that the list refuses.</summary>
    public static TheoryData<string> Names =>
    [
        .. Cases.Values.Where(c => c.All("rcpt").Any() && c.One("user") is null && c.One("notify") is null && c.One("objects") is null).Select(c => c.Name),
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
        foreach (string recipient in given.All("rcpt"))
        {
            string reply = (await client.SayAsync($"RCPT TO:<{recipient}>"))!;
            if (given.One("refused") is { } refused)
            {
                Assert.StartsWith($"{refused}: {recipient}", reply);
                return;
            }

            Assert.StartsWith("250 2.1.5", reply);
        }

        Assert.StartsWith("354", await client.SayAsync("DATA"));
        string header = given.One("header")?.Replace("\n", "\r\n", StringComparison.Ordinal) ?? "Subject: hi\r\n";
        Assert.StartsWith("250 2.0.0", await client.SayAsync($"{header}\r\nbody\r\n."));
        IEnumerable<string> queued = (await bench.ListAsync())
            .Select(e => $"{e.Channel}: {(e.ReversePath.Length == 0 ? "<>" : e.ReversePath)} -> {e.Recipient}{(e.State == RecipientState.Held ? $" [held: {e.HoldReason}]" : "")}");
        IEnumerable<string> wanted = given.All(given.IsTransaction ? "queued" : "want")
            .Select(w => w.IndexOf(" [", StringComparison.Ordinal) is var more and >= 0 && !w.Contains("[held: ", StringComparison.Ordinal) ? w[..more] : w);
        Assert.Equal(wanted.Order(StringComparer.Ordinal), queued.Order(StringComparer.Ordinal));
    }
}
