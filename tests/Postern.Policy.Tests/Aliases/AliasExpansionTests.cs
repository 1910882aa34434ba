using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Xunit;

namespace Postern.Policy.Tests.Aliases;

public sealed class AliasExpansionTests
{
    /// <summary>Findings that are not looked for unless a case names one of them.</summary>
    private static readonly string[] ByTheWay = ["which anybody can write", "accepts every name of its domain", "no program \""];

    private static readonly IReadOnlyDictionary<string, AliasCase> Cases = AliasCase.ReadAll();

    private static readonly SiteFiles Site = SiteFiles.Read("access/site");

    public static TheoryData<string> Names => [.. Cases.Values.Where(c => !c.IsTransaction).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Recipient_becomes_what_its_alias_says(string name)
    {
        AliasCase given = Cases[name];
        SiteFiles files = given.Change(Site);
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        Assert.Equal(given.All("finding"), Findings(loaded, given));
        if (given.One("rcpt") is not { } recipients)
        {
            Assert.Null(loaded.Snapshot);
            return;
        }

        Site site = new(files);
        SessionFacts facts = site.Session(given.One("client") ?? "203.0.113.9", user: given.One("user"));
        Decision decision = Decide(site, facts, given, recipients);
        string? refused = given.One("refused") is { } reply ? $"{reply}: {recipients}" : null;
        Assert.Equal(refused, decision.Verdict is Verdict.Reject or Verdict.Defer ? decision.Reply.ToString() : null);
        Assert.Equal(given.All("want"), decision.Recipients.Select(r => Copy(r, given)));
        Assert.Equal(given.All("notice"), (decision.Notices.IsDefault ? [] : decision.Notices).Select(n => $"{n.Kind}: {n.Address} to {n.To}"));
        Assert.Equal(given.All("decides"), decision.Explanation.Steps.OfType<ExplanationStep.Clause>().Where(c => c.Decides).Select(c => $"{c.Text}: {c.Subject}"));
        if (given.One("header") is { } header)
            ListedContent.Check(site.Policy.Snapshot, decision, header, given.One("size"), given.One("lines"), given.One("objects"), given.One("edited"), given.Place);
    }

    private static string[] Findings(ConfigurationResult loaded, AliasCase given) =>
    [
        .. loaded.Diagnostics
            .Where(d => !d.File.StartsWith("postern.cnf", StringComparison.Ordinal) && !d.Text.Contains("postmaster", StringComparison.Ordinal))
            .Where(d => Array.TrueForAll(ByTheWay, p => !d.Text.Contains(p, StringComparison.Ordinal) || given.All("finding").Any(f => f.Contains(p, StringComparison.Ordinal))))
            .Select(d => d.ToString()),
    ];

    private static Decision Decide(Site site, SessionFacts facts, AliasCase given, string recipient)
    {
        Assert.True(AddressParser.Parse(recipient, smtpUtf8: false) is AddressParse.Parsed, $"{given.Place}: {recipient} is no address");
        AddressParse.Parsed to = (AddressParse.Parsed)AddressParser.Parse(recipient, smtpUtf8: false);
        EnvelopeTerms terms = new(
            given.One("size") is { } size && given.One("header") is null ? long.Parse(size, provider: null) : null,
            given.One("notify") is { } notify ? Enum.Parse<Notify>(notify) : Notify.None,
            given.One("orcpt"));
        return site.Policy.Recipient(facts, Access.Site.Sender(given.One("from") ?? "s@x.test"), new ForwardPath(to.Mailbox, recipient), terms: terms);
    }

    private static string Copy(ExpandedRecipient copy, AliasCase given)
    {
        List<string> more = [];
        if (given.One("notify") is not null && copy.Notify != Notify.None) more.Add($"notify {copy.Notify}");
        if (given.One("notify") is not null && copy.OriginalRecipient is { } original) more.Add($"orcpt {original}");
        if (copy.ShownAs is { } shown) more.Add($"shown as {shown}");
        if (copy.HoldReason is { } held) more.Add($"held: {held}");
        return $"{copy.Channel}: {(copy.ReversePath.Length == 0 ? "<>" : copy.ReversePath)} -> {copy.Address}{(more.Count == 0 ? "" : $" [{string.Join("; ", more)}]")}";
    }
}
