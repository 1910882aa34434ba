using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Mapping.Tests.Conformance;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Evaluation;

public sealed class MappingEvaluatorTests
{
    [Fact]
    public void Trace_tells_each_step_in_order()
    {
        MappingSet set = Load("T\n\n  b*  done$0\n  a*  $C$:A$Nx\n  a*  $C$|U;$0|$E\n  a*  $Rb$0\n\nU\n\n  y  $Y\n");
        Steps steps = new();

        MappingResult result = MappingEvaluator.Map(set.Find("t")!, "ax", Context(set), steps);

        Assert.Equal("donex", Assert.IsType<MappingResult.Match>(result).Output);
        Assert.Equal(
            [
                "0 mappings:3 skipped ax",
                "0 mappings:4 matched ax [x]",
                "0 mappings:4 failed Continue: input flag \"A\" is clear",
                "0 mappings:5 matched ax [x]",
                "1 entered U x",
                "1 mappings:10 skipped x",
                "0 mappings:5 failed Continue: table \"U\" has no match for \"x\"",
                "0 mappings:6 matched ax [x]",
                "0 mappings:6 succeeded Restart: bx",
                "0 restarted 2 bx",
                "0 mappings:3 matched bx [x]",
                "0 mappings:3 succeeded None: donex",
            ],
            steps.Lines);
    }

    [Fact]
    public void Trace_tells_of_a_refused_restart()
    {
        MappingSet set = Load("T\n\n  *  $Rx$0\n");
        Steps steps = new();

        MappingEvaluator.Map(set.Find("T")!, "a", Context(set), steps);

        Assert.Equal("0 restart refused xxxxxxxxxxxa", steps.Lines[^1]);
        Assert.Equal(10, steps.Lines.Count(l => l.StartsWith("0 restarted", StringComparison.Ordinal)));
    }

    [Fact]
    public void Hit_leads_to_file_line_and_text()
    {
        MappingSet set = Load("T\n\n! comment\n  a$ *  \\\n    $Nno$ entry \n");

        RuleHit hit = Assert.IsType<MappingResult.Match>(MappingEvaluator.Map(set.Find("T")!, "a b", Context(set))).Hit!.Value;

        Assert.Equal(new SourcePosition("mappings", 4), hit.Position);
        Assert.Equal("T", hit.Table.Name);
        Assert.Equal("a$ *", hit.Entry.PatternText);
        Assert.Equal("$Nno$ entry", hit.Entry.TemplateText);
    }

    [Fact]
    public void Fault_names_the_outer_entry_only_when_no_inner_one_did()
    {
        MappingSet set = Load("T\n\n  *  $|U;$0|\n\nU\n\n  *  $Y$[echo,$0]\n");
        MappingContext context = Context(set);
        Callout callout = Assert.IsType<MappingResult.NeedsCallout>(MappingEvaluator.Map(set.Find("T")!, "a", context)).Callout;
        context = context with { Answers = context.Answers.With(callout, new CalloutAnswer.Unavailable()) };

        MappingResult.Fault fault = Assert.IsType<MappingResult.Fault>(MappingEvaluator.Map(set.Find("T")!, "a", context));

        Assert.Equal(new SourcePosition("mappings", 7), fault.Hit!.Value.Position);
    }

    [Fact]
    public void Equal_callouts_are_one_question_whatever_was_drawn_before()
    {
        MappingSet set = Load("T\n\n  *  $C$?90?$[echo,$0]$E\n");
        Queue<double> numbers = new([0.1, 0.2]);
        MappingContext context = Context(set) with { Random = numbers.Dequeue };

        Callout first = Assert.IsType<MappingResult.NeedsCallout>(MappingEvaluator.Map(set.Find("T")!, "a", context)).Callout;
        Callout second = Assert.IsType<MappingResult.NeedsCallout>(MappingEvaluator.Map(set.Find("T")!, "a", context)).Callout;

        Assert.Equal(new Callout(CalloutKind.Routine, "echo", "a"), first);
        Assert.Equal(first, second);
        Assert.Equal(first.GetHashCode(), second.GetHashCode());
    }

    [Fact]
    public void Empty_set_has_no_table()
    {
        Assert.Empty(MappingSet.Empty.Tables);
        Assert.Null(MappingSet.Empty.Find("T"));
    }

    private static MappingContext Context(MappingSet set) => new(set, InputFlags.None, CalloutAnswers.Empty, () => 0.5);

    private static MappingSet Load(string text)
    {
        List<Diagnostic> diagnostics = [];
        MappingSet set = MappingSet.Load(new MemoryFiles("mappings", text), "mappings", MappingOptions.Default with { Routines = ["echo"] }, diagnostics);
        Assert.DoesNotContain(diagnostics, d => d.IsError);
        return set;
    }

    private sealed class Steps : IMappingTrace
    {
        public List<string> Lines { get; } = [];

        public void Add(MappingStep step) => Lines.Add($"{step.Depth} " + step switch
        {
            MappingStep.Skipped s => $"{s.Hit.Position} skipped {s.Input}",
            MappingStep.Matched s => $"{s.Hit.Position} matched {s.Input} [{string.Join(',', s.Captures)}]",
            MappingStep.Succeeded s => $"{s.Hit.Position} succeeded {s.Control}: {s.Output}",
            MappingStep.Failed s => $"{s.Hit.Position} failed {s.Control}: {s.Reason}",
            MappingStep.Restarted s => $"restarted {s.Pass} {s.Input}",
            MappingStep.RestartRefused s => $"restart refused {s.Input}",
            MappingStep.Entered s => $"entered {s.Table} {s.Input}",
            MappingStep.Answered s => $"answered {s.Callout.Name}",
            _ => "",
        });
    }
}
