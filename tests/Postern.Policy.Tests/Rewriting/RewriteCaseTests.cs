using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>Corner cases of the rule language, each with its own rules.</summary>
public sealed class RewriteCaseTests
{
    private static readonly IReadOnlyDictionary<string, RewriteCase> Cases = RewriteCase.Read("rewrite/corners.case");

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Case_holds(string name)
    {
        RewriteCase expected = Cases[name];
        ConfigurationResult loaded = expected.Load();
        string[] findings = [.. loaded.Diagnostics.Where(d => expected.IsRule(d) || d.IsError).Select((Diagnostic d) => d.ToString())];
        Assert.True(expected.All("finding").SequenceEqual(findings), $"{expected.Place}: {expected.Name}: findings:\n{string.Join('\n', findings)}");
        if (expected.One("address") is null) return;

        Rewriter rewriter = new(loaded.Snapshot!, () => 0.5, expected.IsTemporary ? _ => null : null);
        RewriteResult result = rewriter.Rewrite(expected.Address, expected.Context);
        string got = result switch
        {
            RewriteResult.Success s => $"{s.Address} -> {s.Channel.Name} {s.Host}",
            RewriteResult.Failure f => $"{f.Status} {f.Text}",
            _ => "",
        };
        string want = expected.One("want") ?? expected.One("refused") ?? "";
        Assert.True(want == got, $"{expected.Describe(result)}{want} expected, got {got}");
        string[] rules = [.. result.Steps.OfType<ExplanationStep.Rewrite>().Single().Rules.Select(r => $"{r.Position.Line}: {r.Result}")];
        Assert.True(!expected.All("tried").Any() || expected.All("tried").SequenceEqual(rules), $"{expected.Place}: {expected.Name}: tried:\n{string.Join('\n', rules)}");
    }
}
