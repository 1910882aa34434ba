using System.Collections.Immutable;
using System.CommandLine;
using System.Text.Json;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;
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
        CalloutOptions callouts = new();
        callouts.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (options.Load(parsed) is not { } snapshot || callouts.Loop(parsed, snapshot) is not { } loop) return ExitCode.Error;
            string name = parsed.GetValue(table)!;
            if (snapshot.Mappings.Find(name) is { } found)
            {
                Answer answer = await MapAsync(snapshot, found, parsed.GetValue(input)!, InputFlags.Parse(parsed.GetValue(flags)!), loop, cancellationToken);
                return Tell(parsed, options, found, parsed.GetValue(input)!, answer, parsed.GetValue(everyEntry));
            }

            string known = string.Join(", ", snapshot.Mappings.Tables.Select(t => t.Name));
            parsed.InvocationConfiguration.Error.WriteLine($"there is no table \"{name}\"; there are: {known}");
            return ExitCode.Error;
        });
        return command;
    }

    private static async Task<Answer> MapAsync(
        ConfigurationSnapshot snapshot, MappingTable table, string input, InputFlags flags, CalloutLoop loop, CancellationToken cancellationToken)
    {
        MappingTrace trace = [];
        MappingResult result = await loop.AskAsync(
            answers =>
            {
                MappingContext context = new(snapshot.Mappings, flags, answers, Random.Shared.NextDouble)
                {
                    UnavailableFailsEntry = snapshot.Options.AccessCalloutFailureIgnore,
                };
                trace = [];
                return MappingEvaluator.Map(table, input, context, trace);
            },
            static result => (result as MappingResult.NeedsCallout)?.Callout,
            cancellationToken);
        return Read(result, input) with { Trace = trace };
    }

    private static int Tell(ParseResult parsed, GlobalOptions options, MappingTable table, string input, Answer answer, bool everyEntry)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => Write(json, table, input, answer, everyEntry));
        else Print(output, table, input, answer, everyEntry);
        if (answer.Error is not null) return ExitCode.Unknown;
        return answer.Matched ? ExitCode.Done : ExitCode.No;
    }

    private static Answer Read(MappingResult result, string input) => result switch
    {
        MappingResult.Match { AllFailed: true } m => new Answer(false, input, "", null, [], m.Passes, null),
        MappingResult.Match m => new Answer(true, m.Output, m.Flags.ToString(), m.Hit, m.Captures, m.Passes, null),
        MappingResult.NeedsCallout c => new Answer(false, input, "", null, [], 1, $"needs the answer of a callout: {GivenAnswers.Question(c.Callout)}") { Needed = c.Callout },
        MappingResult.Fault f => new Answer(false, input, "", f.Hit, [], 1, f.Reason),
        _ => new Answer(false, input, "", null, [], 1, null),
    };

    private static void Write(Utf8JsonWriter json, MappingTable table, string input, Answer answer, bool everyEntry)
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
        MappingTraceJson.Write(json, answer.Trace, everyEntry);
        json.WriteStartArray("callouts"u8);
        foreach (ExplanationStep.Callout callout in answer.Callouts())
        {
            json.WriteStartObject();
            DecisionJson.WriteCallout(json, callout);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Print(TextWriter output, MappingTable table, string input, Answer answer, bool everyEntry)
    {
        output.WriteLine($"table       {table.Name}  ({table.Position})");
        output.WriteLine($"input       {input}");
        MappingTraceText.Write(output, answer.Trace, everyEntry);
        if (answer.Needed is { } needed) output.WriteLine($"callout     {DecisionText.Of(ExplanationStep.Callout.Of(needed, null))}");
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

    private sealed record Answer(bool Matched, string Output, string Flags, RuleHit? Hit, ImmutableArray<string> Captures, int Passes, string? Error)
    {
        public MappingTrace Trace { get; init; } = [];

        /// <summary>The question without an answer that the mapping stopped at.</summary>
        public Callout? Needed { get; init; }

        public IEnumerable<ExplanationStep.Callout> Callouts()
        {
            foreach (MappingStep.Answered answered in Trace.OfType<MappingStep.Answered>()) yield return ExplanationStep.Callout.Of(answered.Callout, answered.Answer);
            if (Needed is not null) yield return ExplanationStep.Callout.Of(Needed, null);
        }
    }
}
