using Postern.Policy.Access;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>What is asked before alias expansion and what after it.</summary>
public sealed class ExpansionTests
{
    private const string Harmless = "tcp_*|*|nothing|*  $N";

    private static readonly CaseTable Cases = CaseTable.Read("access/expansion.case");
    private static readonly SiteFiles Seed = SiteFiles.Read("access/site");

    public static TheoryData<string> Names => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Outsider_writes_to_an_alias(string name)
    {
        CaseTable.Row row = Cases[name];
        Site site = new(row["tables"] == "orig" ? Seed : Seed.With("mappings", text => Moved(text, firstOnly: row["tables"] == "first")));
        Decision? decision = site.Recipient(site.Session("203.0.113.9"), "s@ext.example", row["rcpt"]);
        ExpectedAnswer.Check(row["answer"], decision, row["rcpt"], row.ToString());
        string queued = string.Join(',', decision!.Recipients.Select(r => $"{r.Channel}:{r.Address}"));
        Assert.Equal(row["queued"], queued);
        if (row["tables"] != "orig") return;
        ExplanationStep.Probe probe = Assert.Single(decision.Explanation.Steps.OfType<ExplanationStep.Probe>(), p => p.Table == "ORIG_SEND_ACCESS");
        Assert.Equal($"tcp_local|s@ext.example|{row["destination"]}|{row["rcpt"]}", probe.Input);
    }

    [Fact]
    public void Deferred_list_post_is_not_probed_again_under_its_original_name()
    {
        Site site = new(Seed.With("mappings", text => Moved(text, firstOnly: true).Replace(Harmless, "tcp_local|*|l|list@*  $Nasked$ again", StringComparison.Ordinal)));
        Decision? decision = site.Recipient(site.Session("203.0.113.9"), "s@ext.example", "list@example.com", alreadyChecked: true);
        Assert.Equal(Verdict.Accept, decision!.Verdict);
        Assert.Equal(["ims-ms:bob@ims-ms-daemon"], decision.Recipients.Select(r => $"{r.Channel}:{r.Address}"));
        Assert.DoesNotContain(decision.Explanation.Steps.OfType<ExplanationStep.Probe>(), p => p.Table == "ORIG_SEND_ACCESS");
        Assert.Contains(decision.Explanation.Steps.OfType<ExplanationStep.Probe>(), p => p is { Table: "SEND_ACCESS", Decides: true });
    }

    /// <summary>The entries under the name SEND_ACCESS; ORIG_SEND_ACCESS stays, since no server starts without it, and refuses nothing.</summary>
    private static string Moved(string text, bool firstOnly)
    {
        string moved = text.Replace("ORIG_SEND_ACCESS", "SEND_ACCESS", StringComparison.Ordinal);
        if (firstOnly) moved = moved[..moved.IndexOf("  tcp_*|*|native", StringComparison.Ordinal)];
        return $"{moved}\nORIG_SEND_ACCESS\n\n  {Harmless}\n";
    }
}
