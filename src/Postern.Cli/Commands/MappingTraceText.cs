using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Patterns;
using Postern.Policy.Access;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary>Writes the steps of an evaluation for people. What a called table does is indented.</summary>
internal static class MappingTraceText
{
    public static void Write(TextWriter output, MappingTrace trace, bool everyEntry)
    {
        foreach ((MappingStep step, int skipped) in trace.Shown(everyEntry))
            Write(output, step, everyEntry ? 0 : skipped);
    }

    /// <param name="skipped">how many entries a skipped one stands for; 0 when it stands for itself.</param>
    private static void Write(TextWriter output, MappingStep step, int skipped)
    {
        switch (step)
        {
            case MappingStep.Skipped when skipped > 0:
                Line(output, step, "skipped", skipped == 1 ? "1 entry that does not match" : $"{skipped} entries that do not match");
                break;
            case MappingStep.Skipped no:
                Line(output, step, "no match", Entry(no.Hit));
                Line(output, step, "", $"  {PatternMiss.Why(no.Hit.Entry.Pattern, no.Input)}");
                break;
            case MappingStep.Matched match:
                Line(output, step, "match", Entry(match.Hit));
                Captures(output, step, match.Captures);
                break;
            case MappingStep.Succeeded done:
                Line(output, step, "", $"  output \"{done.Output}\"{(done.Flags.IsEmpty ? "" : $", flags {done.Flags}")}; {Next(done.Control)}");
                break;
            case MappingStep.Failed failed:
                Line(output, step, "", $"  fails: {failed.Reason}; {Next(failed.Control)}");
                break;
            case MappingStep.Restarted again:
                Line(output, step, $"pass {again.Pass}", again.Input);
                break;
            case MappingStep.RestartRefused:
                Line(output, step, "", "  refused: too many passes did not make the text shorter; the mapping ends");
                break;
            case MappingStep.Entered call:
                Line(output, step, "calls", $"{call.Table}  {call.Input}");
                break;
            case MappingStep.Answered answered:
                Line(output, step, "callout", DecisionText.Of(ExplanationStep.Callout.Of(answered.Callout, answered.Answer)));
                break;
            default:
                throw new InvalidOperationException($"no text for {step.GetType().Name}");
        }
    }

    private static void Captures(TextWriter output, MappingStep step, ImmutableArray<string> captures)
    {
        for (int i = 0; i < captures.Length; i++) Line(output, step, "", $"  ${i} = {captures[i]}");
    }

    private static string Entry(RuleHit hit) => $"{hit.Position}  {hit.Entry.PatternText}  {hit.Entry.TemplateText}".TrimEnd();

    private static string Next(MappingControl control) => control switch
    {
        MappingControl.Continue => "$C: on with the next entry",
        MappingControl.Loop => "$L: on with the next entry, and once more from the top",
        MappingControl.Restart => "$R: again from the top",
        MappingControl.End => "$E: the mapping ends",
        _ => "the mapping ends",
    };

    private static void Line(TextWriter output, MappingStep step, string label, string text) =>
        output.WriteLine($"{label,-12}{new string(' ', 2 * step.Depth)}{text}".TrimEnd());
}
