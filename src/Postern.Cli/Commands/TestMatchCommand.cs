using System.Collections.Immutable;
using System.CommandLine;
using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Cli.Commands;

/// <summary><c>postern test match</c>: one pattern against one text. Needs no configuration.</summary>
internal static class TestMatchCommand
{
    public static Command Build(GlobalOptions options)
    {
        Argument<string> pattern = new("PATTERN") { Description = "as in the left column of a mapping table" };
        Argument<string> input = new("INPUT") { Description = "the text to compare" };
        Command command = new("match", "compare a text with a pattern") { pattern, input };
        command.SetAction(parsed =>
        {
            string text = parsed.GetValue(input)!;
            List<Diagnostic> diagnostics = [];
            bool isPattern = Pattern.TryParse(parsed.GetValue(pattern)!, new SourcePosition("PATTERN", 1), diagnostics, out Pattern? compiled);
            foreach (Diagnostic diagnostic in diagnostics) parsed.InvocationConfiguration.Error.WriteLine(diagnostic);
            if (!isPattern) return ExitCode.Error;

            PatternMatch match = compiled!.Match(text);
            ImmutableArray<string> fields = match.Texts(text);
            if (parsed.GetValue(options.Json)) Write(parsed.InvocationConfiguration.Output, compiled, text, match, fields);
            else Print(parsed.InvocationConfiguration.Output, compiled, text, match, fields);
            return match.Outcome switch
            {
                PatternOutcome.Match => ExitCode.Done,
                PatternOutcome.NoMatch => ExitCode.No,
                _ => ExitCode.Unknown,
            };
        });
        return command;
    }

    private static void Write(TextWriter output, Pattern pattern, string text, PatternMatch match, ImmutableArray<string> fields) =>
        JsonOutput.Write(output, json =>
        {
            json.WriteStartObject();
            json.WriteString("schema"u8, "postern/test.match/1"u8);
            json.WriteString("pattern"u8, pattern.Text);
            json.WriteString("input"u8, text);
            json.WriteBoolean("matched"u8, match.IsMatch);
            json.WriteStartArray("captures"u8);
            foreach (string field in fields) json.WriteStringValue(field);
            json.WriteEndArray();
            json.WriteString("why"u8, PatternMiss.Why(pattern, text));
            json.WriteString("error"u8, match.Outcome == PatternOutcome.StepLimit ? "step limit reached" : null);
            json.WriteEndObject();
        });

    private static void Print(TextWriter output, Pattern pattern, string text, PatternMatch match, ImmutableArray<string> fields)
    {
        output.WriteLine(match.Outcome switch
        {
            PatternOutcome.Match => "match       yes",
            PatternOutcome.NoMatch => "match       no",
            _ => "match       cannot tell",
        });
        if (PatternMiss.Why(pattern, text) is { } why) output.WriteLine($"why         {why}");
        for (int i = 0; i < fields.Length; i++) output.WriteLine($"            ${i} = {fields[i]}");
    }
}
