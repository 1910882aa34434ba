using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Conformance;

public sealed class PatternCaseTests
{
    public static TheoryData<string> Names => new(CaseFiles.Patterns.Select(c => c.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void Pattern_answers_as_the_case_says(string name)
    {
        ConformanceCase given = CaseFiles.Patterns.Single(c => c.Name == name);
        List<Diagnostic> diagnostics = [];
        bool parsed = Pattern.TryParse(given["pattern"]!, new SourcePosition(given.Place, 0), diagnostics, out Pattern? pattern);
        string result = parsed ? Describe(pattern!, given["input"] ?? "") : "error";

        string wanted = string.Join('\n', [given["result"]!, .. given.Fields()]);
        Assert.True(wanted == result, $"{given}\nwanted:\n{wanted}\ngot:\n{result}\n{string.Join('\n', diagnostics)}");
        Assert.True(
            given.All("message").SequenceEqual(diagnostics.Select(d => d.Text[(d.Text.IndexOf("\": ", StringComparison.Ordinal) + 3)..])),
            $"{given}\n{string.Join('\n', diagnostics)}");
    }

    private static string Describe(Pattern pattern, string input)
    {
        PatternMatch match = pattern.Match(input);
        return match.Outcome switch
        {
            PatternOutcome.Match => string.Join('\n', ["match", .. match.Texts(input)]),
            PatternOutcome.NoMatch => "no match",
            _ => "step limit",
        };
    }
}
