using Postern.Policy.Access;
using Postern.Smtp.Session;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>Which channel a session comes in by, and what that means for relaying.</summary>
public sealed class SourceChannelTests
{
    private static readonly CaseTable Cases = CaseTable.Read("access/source-channel.case");

    public static TheoryData<string> Names => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Session_is_sorted_by_what_is_known_of_it(string name)
    {
        CaseTable.Row row = Cases[name];
        Site site = new(Changed(row["config"]));
        string[] events = row["events"].Split(',');
        bool authenticates = events.Contains("auth");
        SessionFacts facts = site.Session(row["client"], row["service"], events.Contains("tls"), authenticates ? "bob@example.com" : null);
        Assert.Equal(row["channel"], facts.Source.Current.ToString());

        SessionTerms terms = site.Policy.Terms(facts.Source, facts.Tls, facts.AuthenticatedUser, hasCertificate: true);
        bool mustAuthenticate = terms.AuthRequired && facts.AuthenticatedUser is null;
        Assert.Equal(row["answer"] == "530", mustAuthenticate);
        if (mustAuthenticate) return;
        ExpectedAnswer.Check(row["answer"], site.Recipient(facts, row["from"], row["rcpt"]), row["rcpt"], row.ToString());
    }

    [Fact]
    public void Reason_of_a_switch_by_address_tells_rule_and_table()
    {
        SessionFacts facts = new Site(InitialSite.Files).Session("10.1.2.3");
        Assert.Equal("client address 10.1.2.3 switched tcp_local to tcp_intranet", facts.Source.Reason);
        ExplanationStep.Probe probe = Assert.Single(facts.Source.Path!.Steps.OfType<ExplanationStep.Probe>());
        Assert.Equal(("INTERNAL_IP", "10.1.2.3", "Y"), (probe.Table, probe.Input, probe.Flags));
        ExplanationStep.Rewrite rewrite = Assert.Single(facts.Source.Path.Steps.OfType<ExplanationStep.Rewrite>());
        Assert.Contains(rewrite.Rules, r => r.Text.StartsWith("[] ", StringComparison.Ordinal));
    }

    private static SiteFiles Changed(string change) => change switch
    {
        "" => InitialSite.Files,
        "no-internal-ip" => InitialSite.Files.With("mappings", text => text
            .Replace("INTERNAL_IP\n", "OTHER_IP\n", StringComparison.Ordinal)
            .Replace("$C$|INTERNAL_IP;$3|$Y$E", "$Y", StringComparison.Ordinal)),
        "intranet-noswitch" => InitialSite.Files.With("postern.cnf", text => text.Replace(" allowswitchchannel ", " noswitchchannel ", StringComparison.Ordinal)),
        _ => throw new InvalidDataException($"no change is called \"{change}\""),
    };
}
