using Postern.Mapping.Tables;
using Postern.Policy.Access;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>Worked cases of the published table alone.</summary>
public sealed class RelayBlockingTests
{
    private static readonly CaseTable Cases = CaseTable.Read("access/relay-blocking.case");
    private static readonly SiteFiles Seed = SiteFiles.Read("access/site");

    public static TheoryData<string> Names => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Published_table_decides(string name)
    {
        CaseTable.Row row = Cases[name];
        Site site = new(row["config"] == "routelocal"
            ? Seed.With("postern.cnf", text => text.Replace("tcp_intranet smtp", "tcp_intranet routelocal smtp", StringComparison.Ordinal))
            : Seed);
        SessionFacts facts = site.Session(row["client"], user: row["user"] is { Length: > 0 } user ? user : null);
        Assert.Equal(row["source"], facts.Source.Current.ToString());

        // The table alone is meant: an address that it lets pass and nobody has is not its business.
        Decision? decision = site.Recipient(facts, row["from"], row["rcpt"]);
        ExpectedAnswer.Check(row["answer"], decision, row["rcpt"], row.ToString());

        ExplanationStep.Probe probe = decision!.Explanation.Steps.OfType<ExplanationStep.Probe>().Single(p => p.Table == "ORIG_SEND_ACCESS");
        string from = Site.Sender(row["from"]).ToString();
        Assert.Equal($"{row["source"]}|{from}|{row["destination"]}|{row["rewritten"]}", probe.Input);
        MappingTable table = site.Policy.Snapshot.Mappings.Find("ORIG_SEND_ACCESS")!;
        string entry = probe.Matched ? $"E{table.Entries.Select((e, i) => (e, i)).Single(x => x.e.Position == probe.Entry!.Position).i + 1}" : "";
        Assert.Equal(row["entry"], entry);
        Assert.Equal(row["entry"].Length > 0, decision.Explanation.Deciding is not null);
    }
}
