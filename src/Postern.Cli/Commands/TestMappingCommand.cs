using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern test mapping</c>: one probe of one table, with every step.</summary>
internal static class TestMappingCommand
{
    public static Command Build(GlobalOptions options)
    {
        Argument<string> table = new("TABLE") { Description = "name of a mapping table, in any case of letters" };
        Argument<string> input = new("INPUT") { Description = "the text to look up" };
        Option<string> flags = new("--flags") { Description = "input flags that are set, such as ATE", HelpName = "LETTERS", DefaultValueFactory = _ => "" };
        Option<bool> everyEntry = new("--every-entry") { Description = "show also each entry that does not match, and why" };
        Command command = new("mapping", "look a text up in a mapping table") { table, input, flags, everyEntry };
        command.SetAction(parsed =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            string name = parsed.GetValue(table)!;
            if (snapshot.Mappings.Find(name) is { } found) return Run(parsed, options, snapshot, found, parsed.GetValue(input)!, parsed.GetValue(flags)!, parsed.GetValue(everyEntry));
            string known = string.Join(", ", snapshot.Mappings.Tables.Select(t => t.Name));
            parsed.InvocationConfiguration.Error.WriteLine($"there is no table \"{name}\"; there are: {known}");
            return ExitCode.Error;
        });
        return command;
    }

    private static int Run(ParseResult parsed, GlobalOptions options, ConfigurationSnapshot snapshot, MappingTable table, string input, string flags, bool everyEntry)
    {
        MappingContext context = new(snapshot.Mappings, InputFlags.Parse(flags), CalloutAnswers.Empty, Random.Shared.NextDouble)
        {
            UnavailableFailsEntry = snapshot.Options.AccessCalloutFailureIgnore,
        };
        MappingTrace trace = [];
        Answer answer = Read(MappingEvaluator.Map(table, input, context, trace), input);
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => Write(json, table, input, answer, trace, everyEntry));
        else Print(output, table, input, answer, trace, everyEntry);
        if (answer.Error is not null) return ExitCode.Unknown;
        return answer.Matched ? ExitCode.Done : ExitCode.No;
    }

    private static Answer Read(MappingResult result, string input) => result switch
    {
        MappingResult.Match { AllFailed: true } m => new Answer(false, input, "", null, [], m.Passes, null, null),
        MappingResult.Match m => new Answer(true, m.Output, m.Flags.ToString(), m.Hit, m.Captures, m.Passes, null, null),
        MappingResult.NeedsCallout c => new Answer(false, input, "", null, [], 1, "needs the answer of a callout", c.Callout),
        MappingResult.Fault f => new Answer(false, input, "", f.Hit, [], 1, f.Reason, null),
        _ => new Answer(false, input, "", null, [], 1, null, null),
    };

    private static void Write(Utf8JsonWriter json, MappingTable table, string input, Answer answer, MappingTrace trace, bool everyEntry)
    {
        json.WriteStartObject();
        json.WriteString("schema"u8, "postern/test.mapping/1"u8);
        json.WriteString("table"u8, table.Name);
        json.WriteString("input"u8, input);
        json.WriteBoolean("matched"u8, answer.Matched);
        json.WriteString("output"u8, answer.Output);
        json.WriteString("flags"u8, answer.Flags);
        json.WritePropertyName("entry"u8);
        DecisionJson.WriteEntry(
            json, answer.Hit is { } hit ? new ExplanationStep.Entry(hit.Position, hit.Entry.PatternText, hit.Entry.TemplateText) : null);
        json.WriteStartArray("captures"u8);
        foreach (string capture in answer.Captures) json.WriteStringValue(capture);
        json.WriteEndArray();
        json.WriteNumber("passes"u8, answer.Passes);
        json.WriteString("error"u8, answer.Error);
        MappingTraceJson.Write(json, trace, everyEntry);
        json.WriteStartArray("callouts"u8);
        if (answer.Needed is { } callout) MappingTraceJson.Write(json, callout);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Print(TextWriter output, MappingTable table, string input, Answer answer, MappingTrace trace, bool everyEntry)
    {
        output.WriteLine($"table       {table.Name}  ({table.Position})");
        output.WriteLine($"input       {input}");
        MappingTraceText.Write(output, trace, everyEntry);
        if (answer.Needed is { } callout) output.WriteLine($"needs       {CalloutText.Of(callout)}");
        if (answer.Hit is { } hit) output.WriteLine($"entry       {hit.Position}  {hit.Entry.PatternText}  {hit.Entry.TemplateText}");
        else if (answer.Error is null) output.WriteLine("entry       none matches");
        for (int i = 0; i < answer.Captures.Length; i++) output.WriteLine($"            ${i} = {answer.Captures[i]}");
        if (answer.Matched)
        {
            output.WriteLine($"output      {answer.Output}");
            output.WriteLine($"flags       {answer.Flags}".TrimEnd());
            output.WriteLine($"passes      {answer.Passes}");
        }

        if (answer.Error is not null) output.WriteLine($"error       {answer.Error}");
    }

    private sealed record Answer(bool Matched, string Output, string Flags, RuleHit? Hit, ImmutableArray<string> Captures, int Passes, string? Error, Callout? Needed);
}
