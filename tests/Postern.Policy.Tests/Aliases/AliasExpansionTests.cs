using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Aliases;

public sealed class AliasExpansionTests
{
    private const string Accounts = "bob@example.com *\nalice@example.com *\njoe@example.com *\nadmin@example.com *\n";

    private static readonly IReadOnlyDictionary<string, AliasCase> Cases = AliasCase.Read("alias/expansion.case");
    private static readonly SiteFiles Site = SiteFiles.Read("access/site");

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Recipient_becomes_what_its_alias_says(string name)
    {
        AliasCase given = Cases[name];
        Assert.False(string.IsNullOrEmpty(given.One("source")), $"{given.Place}: no source");
        SiteFiles files = Site.With("aliases", _ => WithPostmaster(given.One("aliases")!)).With("users", _ => given.One("users") ?? Accounts);
        if (given.One("option") is { } option) files = files.With("option.dat", text => $"{text}{option}\n");
        foreach ((string file, string text) in given.Files) files = files.With(file, _ => text);

        ConfigurationResult loaded = ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        string[] findings = [.. loaded.Diagnostics.Where(d => !d.File.StartsWith("postern.cnf", StringComparison.Ordinal) && !d.Text.Contains("postmaster", StringComparison.Ordinal)).Select(d => d.ToString())];
        Assert.Equal(given.All("finding"), findings);
        if (given.One("rcpt") is not { } recipient)
        {
            Assert.Null(loaded.Snapshot);
            return;
        }

        Site site = new(files);
        Decision? decision = site.Recipient(site.Session("203.0.113.9"), "s@x.test", recipient);
        Assert.True(decision is not null, $"{given.Place}: {recipient} is no address");
        string? refused = given.One("refused") is { } reply ? $"{reply}: {recipient}" : null;
        Assert.Equal(refused, decision.Verdict is Verdict.Reject or Verdict.Defer ? decision.Reply.ToString() : null);
        Assert.Equal(given.All("want"), decision.Recipients.Select(r => $"{r.Channel}: {r.ReversePath} -> {r.Address}"));
    }

    /// <summary>No configuration loads without a postmaster; most cases are not about him.</summary>
    private static string WithPostmaster(string aliases) =>
        aliases.Contains("postmaster:", StringComparison.Ordinal) ? aliases : $"{aliases}postmaster: postmaster@ims-ms-daemon\n";
}
