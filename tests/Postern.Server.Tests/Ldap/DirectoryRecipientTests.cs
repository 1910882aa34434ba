using System.Globalization;
using Postern.Policy.Access;
using Postern.Policy.Tests.Aliases;

namespace Postern.Server.Tests.Ldap;

public sealed class DirectoryRecipientTests(SlapdFixture slapd) : IClassFixture<SlapdFixture>
{
    private const int NobodyListens = 1;

    private static readonly IReadOnlyDictionary<string, DirectoryCase> Cases = DirectoryCase.Read("directory/recipients.case");

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Recipient_becomes_what_the_directory_says(string name)
    {
        DirectoryCase given = Cases[name];
        await using DirectorySite site = new(DirectorySite.Snapshot(given.IsDown ? NobodyListens : slapd.Server.Port, string.Join('\n', given.All("option")), given.One("aliases") ?? ""));
        string from = given.One("from") ?? "s@x.test", recipient = given.One("rcpt")!;
        long? size = given.One("header") is null && given.One("size") is { } announced ? long.Parse(announced, CultureInfo.InvariantCulture) : null;
        Decision decision = await site.RecipientAsync(recipient, from == "<>" ? "" : from, given.One("user"), size);

        string explained = $"{given.Place}\n{string.Join('\n', decision.Explanation.Steps)}";
        string? refused = given.One("refused") is { } reply ? $"{reply}: {recipient}" : null;
        Assert.True(refused == (decision.Verdict is Verdict.Reject or Verdict.Defer ? decision.Reply.ToString() : null), $"{decision.Reply}\n{explained}");
        Assert.Equal(given.All("want"), decision.Recipients.Select(r => $"{r.Channel}: {r.ReversePath} -> {r.Address}"));
        foreach (string why in given.All("why")) Assert.Contains(why, explained);
        Assert.Null(decision.Pending);
        if (given.All("decides").Any())
            Assert.Equal(given.All("decides"), decision.Explanation.Steps.OfType<ExplanationStep.Clause>().Where(c => c.Decides).Select(c => $"{c.Text}: {c.Subject}"));
        if (given.One("header") is { } header)
            ListedContent.Check(site.Policy.Snapshot, decision, header, given.One("size"), given.One("lines"), given.One("objects"), given.One("edited"), explained);
    }
}
