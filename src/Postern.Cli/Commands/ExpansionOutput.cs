using System.Text.Json;
using Postern.Policy.Access;

namespace Postern.Cli.Commands;

/// <summary>Tells what aliases, lists and FORWARD made of a recipient: each step, the clauses that lists asked, and what is queued or refused.</summary>
internal static class ExpansionOutput
{
    /// <summary>Nothing when no alias or account is involved.</summary>
    public static void Print(TextWriter output, Decision expanded)
    {
        if (!IsInvolved(expanded)) return;
        foreach (ExplanationStep step in expanded.Explanation.Steps)
        {
            if (step is ExplanationStep.Clause clause) output.WriteLine($"clause      {clause.Position}  {clause.Text}  {clause.Subject}: {Answer(clause)}{(clause.Decides ? "   <- decides" : "")}");
            else if (step is ExplanationStep.Alias alias) output.WriteLine($"alias       {alias.Key}{(alias.Position is { } at ? $"  {at}" : "")}  {alias.Outcome}{(alias.Targets.IsEmpty ? "" : $" -> {string.Join(", ", alias.Targets)}")}");
        }

        if (IsRefused(expanded)) output.WriteLine($"refused     {expanded.Reply}");
        foreach (ExpandedRecipient copy in expanded.Recipients)
            output.WriteLine($"queued      {copy.Channel}: {(copy.ReversePath.Length == 0 ? "<>" : copy.ReversePath)} -> {copy.Address}{(copy.HoldReason is { } held ? $"  (held: {held})" : "")}");
    }

    /// <summary>Writes the properties <c>steps</c>, <c>expansion</c> and <c>refused</c>.</summary>
    public static void Write(Utf8JsonWriter json, Decision expanded)
    {
        json.WriteStartArray("steps"u8);
        foreach (ExplanationStep step in expanded.Explanation.Steps)
        {
            if (step is ExplanationStep.Clause clause) WriteClause(json, clause);
            else if (step is ExplanationStep.Alias alias) WriteAlias(json, alias);
        }

        json.WriteEndArray();
        json.WriteStartArray("expansion"u8);
        foreach (ExpandedRecipient copy in expanded.Recipients)
        {
            json.WriteStartObject();
            json.WriteString("channel"u8, copy.Channel.ToString());
            json.WriteString("from"u8, copy.ReversePath);
            json.WriteString("to"u8, copy.Address);
            json.WriteString("held"u8, copy.HoldReason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("refused"u8, IsRefused(expanded) ? expanded.Reply.ToString() : null);
    }

    private static void WriteClause(Utf8JsonWriter json, ExplanationStep.Clause clause)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, "clause"u8);
        json.WriteString("list"u8, clause.List);
        json.WriteString("position"u8, clause.Position.ToString());
        json.WriteString("clause"u8, clause.Text);
        json.WriteString("subject"u8, clause.Subject);
        json.WriteString("holds"u8, Answer(clause));
        json.WriteBoolean("decides"u8, clause.Decides);
        json.WriteEndObject();
    }

    private static void WriteAlias(Utf8JsonWriter json, ExplanationStep.Alias alias)
    {
        json.WriteStartObject();
        json.WriteString("kind"u8, "alias"u8);
        json.WriteString("key"u8, alias.Key);
        json.WriteString("position"u8, alias.Position?.ToString());
        json.WriteString("outcome"u8, alias.Outcome);
        json.WriteStartArray("targets"u8);
        foreach (string target in alias.Targets) json.WriteStringValue(target);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Answer(ExplanationStep.Clause clause) => clause.Holds switch { true => "yes", false => "no", null => "cannot tell" };

    private static bool IsRefused(Decision expanded) => expanded.Verdict is Verdict.Reject or Verdict.Defer;

    private static bool IsInvolved(Decision expanded) => expanded.Explanation.Steps.Any(s => s is ExplanationStep.Alias or ExplanationStep.Clause);
}
