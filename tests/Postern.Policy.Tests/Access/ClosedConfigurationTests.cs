using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>The initial configuration refuses what the published table alone lets through.</summary>
public sealed class ClosedConfigurationTests
{
    private const string FirstOfOurs = "! ours:";

    private static readonly CaseTable Cases = CaseTable.Read("access/closed-configuration.case");
    private static readonly Site Shipped = new(InitialSite.Files);
    private static readonly Site Published = new(InitialSite.Files.With("mappings", text => text[..text.IndexOf(FirstOfOurs, StringComparison.Ordinal)]));

    public static TheoryData<string> Names => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Outsider_names_what_only_the_MTA_may_address(string name)
    {
        CaseTable.Row row = Cases[name];
        Check(Shipped, row, row["shipped"]);
        Check(Published, row, row["seed"]);
    }

    [Fact]
    public void Initial_configuration_loads_without_a_finding() => Assert.Empty(Shipped.Diagnostics);

    private static void Check(Site site, CaseTable.Row row, string answer)
    {
        Decision? decision = site.Recipient(site.Session("203.0.113.9"), "s@ext.example", row["rcpt"]);
        ExpectedAnswer.Check(answer, decision, row["rcpt"], row.ToString());
        if (decision is null) return;
        ExplanationStep.Probe probe = Assert.Single(decision.Explanation.Steps.OfType<ExplanationStep.Probe>(), p => p.Table == "ORIG_SEND_ACCESS");
        Assert.Equal($"tcp_local|s@ext.example|{row["destination"]}|{row["rewritten"]}", probe.Input);
    }
}
