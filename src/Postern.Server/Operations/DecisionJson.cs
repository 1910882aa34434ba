using System.Text.Json;
using Postern.Policy.Access;

namespace Postern.Server.Operations;

/// <summary>
/// Writes a decision as one JSON object: a line of the decision log and the output of <c>postern explain --json</c>.
/// Field names are a contract (docs/reference/json.md).
/// </summary>
public static class DecisionJson
{
    public static void Write(Utf8JsonWriter json, DecisionRecord record)
    {
        Decision decision = record.Decision;
        ExplanationStep.Rewrite? rewrite = decision.Explanation.Steps.OfType<ExplanationStep.Rewrite>().LastOrDefault(s => s.Input == record.RecipientGiven)
            ?? decision.Explanation.Steps.OfType<ExplanationStep.Rewrite>().FirstOrDefault();
        json.WriteStartObject();
        json.WriteString("id"u8, record.Id);
        json.WriteString("time"u8, record.Time);
        json.WriteNumber("snapshot"u8, record.Snapshot);
        json.WriteString("client_ip"u8, record.Facts.Connection.Client?.ToString());
        json.WriteString("service"u8, record.Facts.Connection.Service);
        json.WriteString("initial_channel"u8, record.Facts.Source.Initial.ToString());
        json.WriteString("source_channel"u8, record.Facts.Source.Current.ToString());
        json.WriteString("source_channel_reason"u8, record.Facts.Source.Reason);
        json.WriteString("authenticated"u8, record.Facts.AuthenticatedUser);
        json.WriteBoolean("tls"u8, record.Facts.Tls is not null);
        json.WriteString("helo"u8, record.Facts.HeloName);
        json.WriteString("mail_from"u8, record.MailFrom);
        json.WriteString("rcpt_to"u8, record.RecipientGiven);
        json.WriteString("destination_channel"u8, rewrite?.Channel);
        json.WriteString("rewritten_to"u8, rewrite?.Address);
        json.WriteString("host"u8, rewrite?.Host);
        WriteSteps(json, decision.Explanation);
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
        json.WriteString("verdict"u8, decision.Verdict switch
        {
            Verdict.Accept => "accept",
            Verdict.Reject => "reject",
            Verdict.Defer => "defer",
            Verdict.Discard => "discard",
            _ => "hold",
        });
        json.WriteString("reply"u8, decision.Reply.ToString());
        json.WriteNumber("delay_ms"u8, (long)decision.Delay.TotalMilliseconds);
        json.WriteEndObject();
    }

    private static void WriteSteps(Utf8JsonWriter json, Explanation explanation)
    {
        json.WriteStartArray("rules"u8);
        foreach (ExplanationStep.Rule rule in explanation.Steps.OfType<ExplanationStep.Rewrite>().SelectMany(s => s.Rules))
        {
            json.WriteStartObject();
            json.WriteString("file"u8, rule.Position.File);
            json.WriteNumber("line"u8, rule.Position.Line);
            json.WriteString("text"u8, rule.Text);
            json.WriteString("result"u8, rule.Result);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("probes"u8);
        foreach (ExplanationStep.Probe probe in explanation.Steps.OfType<ExplanationStep.Probe>())
        {
            json.WriteStartObject();
            json.WriteString("table"u8, probe.Table);
            json.WriteString("input"u8, probe.Input);
            json.WriteBoolean("matched"u8, probe.Matched);
            json.WritePropertyName("entry"u8);
            WriteEntry(json, probe.Entry);
            json.WriteStartArray("captures"u8);
            foreach (string capture in probe.Captures.IsDefault ? [] : probe.Captures) json.WriteStringValue(capture);
            json.WriteEndArray();
            json.WriteString("output"u8, probe.Output);
            json.WriteString("flags"u8, probe.Flags);
            json.WriteBoolean("decides"u8, probe.Decides);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("aliases"u8);
        foreach (ExplanationStep.Alias alias in explanation.Steps.OfType<ExplanationStep.Alias>())
        {
            json.WriteStartObject();
            json.WriteString("key"u8, alias.Key);
            json.WriteString("file"u8, alias.Position?.File);
            if (alias.Position is { } at) json.WriteNumber("line"u8, at.Line);
            json.WriteString("outcome"u8, alias.Outcome);
            json.WriteStartArray("targets"u8);
            foreach (string target in alias.Targets.IsDefault ? [] : alias.Targets) json.WriteStringValue(target);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
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
}
