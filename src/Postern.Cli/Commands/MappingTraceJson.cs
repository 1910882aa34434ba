using System.Text.Json;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Patterns;
using Postern.Policy.Access;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary>Writes the steps of an evaluation as the array <c>steps</c>; each has <c>step</c>, which names it, and <c>depth</c>, 0 in the table asked.</summary>
internal static class MappingTraceJson
{
    public static void Write(Utf8JsonWriter json, MappingTrace trace, bool everyEntry)
    {
        json.WriteStartArray("steps"u8);
        foreach ((MappingStep step, int skipped) in trace.Shown(everyEntry))
        {
            json.WriteStartObject();
            Write(json, step, everyEntry ? 0 : skipped);
            json.WriteNumber("depth"u8, step.Depth);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, MappingStep step, int skipped)
    {
        switch (step)
        {
            case MappingStep.Skipped when skipped > 0:
                json.WriteString("step"u8, "skipped"u8);
                json.WriteNumber("entries"u8, skipped);
                break;
            case MappingStep.Skipped no:
                json.WriteString("step"u8, "no_match"u8);
                Write(json, no.Hit);
                json.WriteString("why"u8, PatternMiss.Why(no.Hit.Entry.Pattern, no.Input));
                break;
            case MappingStep.Matched match:
                json.WriteString("step"u8, "match"u8);
                Write(json, match.Hit);
                json.WriteString("input"u8, match.Input);
                json.WriteStartArray("captures"u8);
                foreach (string capture in match.Captures) json.WriteStringValue(capture);
                json.WriteEndArray();
                break;
            case MappingStep.Succeeded done:
                json.WriteString("step"u8, "output"u8);
                json.WriteString("output"u8, done.Output);
                json.WriteString("flags"u8, done.Flags.ToString());
                json.WriteString("next"u8, Next(done.Control));
                break;
            case MappingStep.Failed failed:
                json.WriteString("step"u8, "failed"u8);
                json.WriteString("why"u8, failed.Reason);
                json.WriteString("next"u8, Next(failed.Control));
                break;
            case MappingStep.Restarted again:
                json.WriteString("step"u8, "pass"u8);
                json.WriteNumber("pass"u8, again.Pass);
                json.WriteString("input"u8, again.Input);
                break;
            case MappingStep.RestartRefused refused:
                json.WriteString("step"u8, "pass_refused"u8);
                json.WriteString("input"u8, refused.Input);
                break;
            case MappingStep.Entered call:
                json.WriteString("step"u8, "call"u8);
                json.WriteString("table"u8, call.Table);
                json.WriteString("input"u8, call.Input);
                break;
            case MappingStep.Answered answered:
                json.WriteString("step"u8, "callout"u8);
                DecisionJson.WriteCallout(json, ExplanationStep.Callout.Of(answered.Callout, answered.Answer));
                break;
            default:
                throw new InvalidOperationException($"no name for {step.GetType().Name}");
        }
    }

    private static void Write(Utf8JsonWriter json, RuleHit hit)
    {
        json.WriteString("table"u8, hit.Table.Name);
        json.WriteString("file"u8, hit.Position.File);
        json.WriteNumber("line"u8, hit.Position.Line);
        json.WriteString("pattern"u8, hit.Entry.PatternText);
        json.WriteString("template"u8, hit.Entry.TemplateText);
    }

    private static string Next(MappingControl control) => control switch
    {
        MappingControl.Continue => "continue",
        MappingControl.Loop => "loop",
        MappingControl.Restart => "restart",
        _ => "end",
    };
}
