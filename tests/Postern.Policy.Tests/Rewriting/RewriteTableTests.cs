using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>Examples that the manuals print, what follows from their rules, and recipients that hide behind another.</summary>
public sealed class RewriteTableTests
{
    private static readonly Dictionary<string, CaseTable.Row> Cases = new[] { "rewrite/published.case", "rewrite/hidden.case" }
        .Select(CaseTable.Read).SelectMany(t => t.Names.Select(n => t[n])).ToDictionary(r => r["name"], StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Address_is_rewritten_as_the_table_says(string name)
    {
        CaseTable.Row row = Cases[name];
        ConfigurationSnapshot snapshot = Snapshot(row["rules"]);
        if (AddressParser.Parse(row["address"], smtpUtf8: true) is not AddressParse.Parsed parsed)
        {
            Assert.True(row["result"] == "!501", $"{row}: no address");
            return;
        }

        RewriteContext context = new(
            new ChannelName(row["channel-in"]),
            Envelope: !row["context"].StartsWith("header", StringComparison.Ordinal),
            Forward: row["context"] is "to" or "header-to");
        RewriteResult result = new Rewriter(snapshot, () => 0.5).Rewrite(parsed.Mailbox, context);
        string got = result switch
        {
            RewriteResult.Success success => success.Address.ToString(),
            RewriteResult.Failure failure => $"!{failure.Text.Replace(' ', '_')}",
            _ => "",
        };
        string steps = string.Join('\n', result.Steps.OfType<ExplanationStep.Rewrite>().SelectMany(s => s.Rules));
        Assert.True(row["result"] == got, $"{row}: {row["result"]} expected, got {got}\n{steps}");
        if (result is not RewriteResult.Success { Channel: var channel, Host: var host }) return;
        Assert.Equal((row["channel"], row["host"]), (channel.Name.ToString(), host));
    }

    private static ConfigurationSnapshot Snapshot(string rules)
    {
        if (rules == "C") return new Site(InitialSite.Files.With("postern.cnf", Published)).Policy.Snapshot;
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "conformance", "rewrite", $"{rules}.cnf"));
        SiteFiles files = new(new Dictionary<string, string>(StringComparer.Ordinal) { ["postern.cnf"] = text, ["mappings"] = "ORIG_SEND_ACCESS\n\n" });
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), 1);
        return loaded.Snapshot ?? throw new InvalidDataException(string.Join('\n', loaded.Diagnostics.Where(d => d.IsError).Select((Diagnostic d) => d.ToString())));
    }

    /// <summary>The published rules know the second domain by the directory alone, and only hosts below the internal domain.</summary>
    private static string Published(string text) => string.Join('\n', text.Split('\n').Where(l =>
        !l.StartsWith("example.net ", StringComparison.Ordinal) && !l.StartsWith("corp.example.com ", StringComparison.Ordinal)));
}
