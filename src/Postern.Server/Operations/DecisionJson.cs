using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Postern.Policy.Access;

namespace Postern.Server.Operations;

/// <summary>
/// Writes a decision as one JSON object: a line of the decision log and the output of <c>postern explain --json</c>.
/// Field names are a contract (docs/reference/commands.md). <c>steps</c> keeps the order in which everything happened; its
/// probes are numbers into <c>probes</c>.
/// </summary>
public static class DecisionJson
{
    public static void Write(Utf8JsonWriter json, DecisionRecord record) => Write(json, record, WriteStepsWhole);

    /// <param name="writePath">writes what led to the decision: a caller who meets the same paths again and again may keep them.</param>
    internal static void Write(Utf8JsonWriter json, DecisionRecord record, Action<Utf8JsonWriter, Explanation?> writePath)
    {
        Decision decision = record.Decision;
        ExplanationStep.Rewrite? rewrite = FirstOf(record);
        json.WriteStartObject();
        json.WriteString("id"u8, record.Id);
        json.WriteString("schema"u8, "postern/explain/1"u8);
        json.WriteString("time"u8, record.Time.UtcDateTime);
        json.WriteNumber("snapshot"u8, record.Snapshot);
        json.WriteString("client_ip"u8, record.Facts.Connection.Client?.ToString());
        json.WriteString("service"u8, record.Facts.Connection.Service);
        json.WriteNumber("port"u8, record.Facts.Connection.ServerPort);
        json.WriteString("initial_channel"u8, record.Facts.Source.Initial.ToString());
        json.WriteString("source_channel"u8, record.Facts.Source.Current.ToString());
        json.WriteString("source_channel_reason"u8, record.Facts.Source.Reason);
        json.WriteString("client_name"u8, record.Facts.Connection.Name?.ToString());
        json.WriteString("authenticated"u8, record.Facts.AuthenticatedUser);
        json.WriteBoolean("tls"u8, record.Facts.Tls is not null);
        json.WriteString("tls_description"u8, record.Facts.Tls);
        json.WriteString("helo"u8, record.Facts.HeloName);
        json.WriteBoolean("extended"u8, record.Facts.Extended);
        json.WriteString("mail_from"u8, record.MailFrom);
        json.WriteString("effective_from"u8, record.EffectiveFrom);
        json.WriteString("rcpt_to"u8, record.RecipientGiven);
        json.WriteString("destination_channel"u8, rewrite?.Channel);
        json.WriteString("rewritten_to"u8, rewrite?.Channel is null ? null : rewrite.Address);
        json.WriteString("host"u8, rewrite?.Host);
        WriteProbes(json, decision.Explanation);
        WriteSteps(json, decision.Explanation);
        json.WritePropertyName("connection_steps"u8);
        writePath(json, record.Admission);
        json.WritePropertyName("source_steps"u8);
        writePath(json, record.Facts.Source.Path);
        json.WritePropertyName("sender_steps"u8);
        writePath(json, record.Sender);
        json.WriteStartArray("expansion"u8);
        foreach (ExpandedRecipient recipient in decision.Recipients.IsDefault ? [] : decision.Recipients)
        {
            json.WriteStartObject();
            json.WriteString("to"u8, recipient.Address);
            json.WriteString("channel"u8, recipient.Channel.ToString());
            json.WriteString("from"u8, recipient.ReversePath);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("verdict"u8, decision.Verdict.ToString().ToLowerInvariant());
        json.WriteString("reply"u8, decision.Reply.ToString());
        json.WriteNumber("delay_ms"u8, (long)decision.Delay.TotalMilliseconds);
        json.WriteEndObject();
    }

    /// <summary>The object as UTF-8, in one line.</summary>
    public static ReadOnlyMemory<byte> Line(DecisionRecord record)
    {
        ArrayBufferWriter<byte> line = new(2048);
        using (Utf8JsonWriter json = new(line)) Write(json, record);
        return line.WrittenMemory;
    }

    /// <summary>An entry as <c>{"file","line","pattern","template"}</c>, or null.</summary>
    public static void WriteEntry(Utf8JsonWriter json, ExplanationStep.Entry? entry)
    {
        if (entry is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("file"u8, entry.Position.File);
        json.WriteNumber("line"u8, entry.Position.Line);
        json.WriteString("pattern"u8, entry.Pattern);
        json.WriteString("template"u8, entry.Template);
        json.WriteEndObject();
    }

    /// <summary>The properties of a callout, without the object around them.</summary>
    public static void WriteCallout(Utf8JsonWriter json, ExplanationStep.Callout callout)
    {
        json.WriteString("callout"u8, callout.Kind);
        json.WriteString("name"u8, callout.Name);
        json.WriteString("argument"u8, callout.Argument);
        json.WriteString("outcome"u8, callout.Outcome);
        json.WriteString("text"u8, callout.Text);
    }

    /// <summary>How the recipient as the client gave it was read; what aliases made of it comes later.</summary>
    private static ExplanationStep.Rewrite? FirstOf(DecisionRecord record) =>
        record.RecipientGiven is null ? null : record.Decision.Explanation.FirstRewrite;

    private static void WriteProbes(Utf8JsonWriter json, Explanation explanation)
    {
        json.WriteStartArray("probes"u8);
        foreach (ExplanationStep step in explanation.Steps)
        {
            if (step is not ExplanationStep.Probe probe) continue;
            json.WriteStartObject();
            WriteProbe(json, probe);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteProbe(Utf8JsonWriter json, ExplanationStep.Probe probe)
    {
        json.WriteString("table"u8, probe.Table);
        json.WriteString("input"u8, probe.Input);
        json.WriteBoolean("matched"u8, probe.Matched);
        json.WritePropertyName("entry"u8);
        WriteEntry(json, probe.Entry);
        WriteStrings(json, "captures", probe.Captures);
        json.WriteString("output"u8, probe.Output);
        json.WriteString("flags"u8, probe.Flags);
        json.WriteBoolean("decides"u8, probe.Decides);
    }

    /// <summary>What led to the decision. Its probes stand whole in their steps: <c>probes</c> holds those of the decision itself.</summary>
    internal static void WriteStepsWhole(Utf8JsonWriter json, Explanation? path)
    {
        json.WriteStartArray();
        foreach (ExplanationStep step in path?.Steps ?? [])
        {
            json.WriteStartObject();
            if (step is ExplanationStep.Probe probe)
            {
                json.WriteString("kind"u8, "probe"u8);
                WriteProbe(json, probe);
            }
            else
            {
                WriteStep(json, step);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteSource(Utf8JsonWriter json, ExplanationStep.Source source)
    {
        json.WriteString("kind"u8, "source"u8);
        json.WriteString("channel"u8, source.Channel);
        json.WriteString("reason"u8, source.Reason);
        json.WriteString("file"u8, source.Position?.File);
        if (source.Position is { } at) json.WriteNumber("line"u8, at.Line);
    }

    private static void WriteSteps(Utf8JsonWriter json, Explanation explanation)
    {
        int probes = 0;
        json.WriteStartArray("steps"u8);
        foreach (ExplanationStep step in explanation.Steps)
        {
            json.WriteStartObject();
            if (step is ExplanationStep.Probe)
            {
                json.WriteString("kind"u8, "probe"u8);
                json.WriteNumber("probe"u8, probes++);
            }
            else
            {
                WriteStep(json, step);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Any step but a probe, which stands in one place or the other.</summary>
    private static void WriteStep(Utf8JsonWriter json, ExplanationStep step)
    {
        switch (step)
        {
            case ExplanationStep.Source source:
                WriteSource(json, source);
                break;
            case ExplanationStep.Rewrite rewrite:
                WriteRewrite(json, rewrite);
                break;
            case ExplanationStep.Alias alias:
                json.WriteString("kind"u8, "alias"u8);
                json.WriteString("key"u8, alias.Key);
                json.WriteString("file"u8, alias.Position?.File);
                if (alias.Position is { } at) json.WriteNumber("line"u8, at.Line);
                json.WriteString("outcome"u8, alias.Outcome);
                WriteStrings(json, "targets", alias.Targets);
                break;
            case ExplanationStep.Callout callout:
                json.WriteString("kind"u8, "callout"u8);
                WriteCallout(json, callout);
                break;
            case ExplanationStep.Clause clause:
                json.WriteString("kind"u8, "clause"u8);
                json.WriteString("list"u8, clause.List);
                json.WriteString("file"u8, clause.Position.File);
                json.WriteNumber("line"u8, clause.Position.Line);
                json.WriteString("text"u8, clause.Text);
                json.WriteString("subject"u8, clause.Subject);
                json.WriteString("holds"u8, clause.Holds switch { true => "yes", false => "no", null => "cannot tell" });
                json.WriteBoolean("decides"u8, clause.Decides);
                break;
            case ExplanationStep.Note note:
                json.WriteString("kind"u8, "note"u8);
                json.WriteString("text"u8, note.Text);
                break;
        }
    }

    private static void WriteRewrite(Utf8JsonWriter json, ExplanationStep.Rewrite rewrite)
    {
        json.WriteString("kind"u8, "rewrite"u8);
        json.WriteString("input"u8, rewrite.Input);
        json.WriteString("address"u8, rewrite.Address);
        json.WriteString("channel"u8, rewrite.Channel);
        json.WriteString("host"u8, rewrite.Host);
        json.WriteString("fault"u8, rewrite.Fault);
        json.WriteStartArray("rules"u8);
        foreach (ExplanationStep.Rule rule in rewrite.Rules.IsDefault ? [] : rewrite.Rules)
        {
            json.WriteStartObject();
            json.WriteString("file"u8, rule.Position.File);
            json.WriteNumber("line"u8, rule.Position.Line);
            json.WriteString("text"u8, rule.Text);
            json.WriteString("result"u8, rule.Result);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values.IsDefault ? [] : values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
