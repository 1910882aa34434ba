using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Mapping.Tests.Conformance;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Tables;

public sealed class MappingLimitsTests
{
    [Theory]
    [InlineData(MappingLimits.Pattern, 1, false, true)]
    [InlineData(MappingLimits.Pattern + 1, 1, false, false)]
    [InlineData(1, MappingLimits.Template, false, true)]
    [InlineData(1, MappingLimits.Template + 1, false, false)]
    [InlineData(MappingLimits.StrictPattern, 1, true, true)]
    [InlineData(MappingLimits.StrictPattern + 1, 1, true, false)]
    [InlineData(1, MappingLimits.StrictTemplate, true, true)]
    [InlineData(1, MappingLimits.StrictTemplate + 1, true, false)]
    public void Column_is_read_up_to_its_limit(int pattern, int template, bool strict, bool accepted)
    {
        (MappingSet set, List<Diagnostic> diagnostics) = Load($"T\n\n  {new string('p', pattern)}  {new string('t', template)}\n", strict);

        Assert.Equal(accepted, !diagnostics.Exists(d => d.IsError));
        Assert.Equal(accepted ? 1 : 0, set.Find("T")!.Entries.Length);
    }

    [Theory]
    [InlineData(MappingLimits.Line, false, true)]
    [InlineData(MappingLimits.Line + 1, false, false)]
    [InlineData(MappingLimits.StrictLine, true, true)]
    [InlineData(MappingLimits.StrictLine + 1, true, false)]
    public void Line_is_read_up_to_its_limit(int length, bool strict, bool accepted)
    {
        // Half of the line is on its continuation: the limit is that of the joined line.
        string line = " a b" + new string(' ', length - 5) + "c";
        (_, List<Diagnostic> diagnostics) = Load($"T\n\n{line[..10]}\\\n{line[10..].TrimStart()}\n{line}\n", strict);

        Assert.Equal(accepted, !diagnostics.Exists(d => d.IsError && d.Line == 5));
    }

    [Theory]
    [InlineData(MappingLimits.Output, "ok")]
    [InlineData(MappingLimits.Output + 1, "too long")]
    public void Entry_fails_when_its_output_is_too_long(int length, string wanted)
    {
        (MappingSet set, _) = Load("T\n\n  *  $0\n", strict: false);
        string input = new('a', length);
        MappingContext context = new(set, InputFlags.None, CalloutAnswers.Empty, () => 0.5);
        StepsOf steps = new();

        MappingEvaluator.Map(set.Find("T")!, input, context, steps);

        Assert.Equal(wanted, steps.Any(s => s is MappingStep.Failed) ? "too long" : "ok");
    }

    private static (MappingSet Set, List<Diagnostic> Diagnostics) Load(string text, bool strict)
    {
        List<Diagnostic> diagnostics = [];
        MappingSet set = MappingSet.Load(new MemoryFiles("mappings", text), "mappings", MappingOptions.Default with { StrictLimits = strict }, diagnostics);
        return (set, diagnostics);
    }

    private sealed class StepsOf : List<MappingStep>, IMappingTrace;
}
