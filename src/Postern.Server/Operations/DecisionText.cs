using System.Text;
using Postern.Policy.Access;

namespace Postern.Server.Operations;

/// <summary>Tells a decision as a person would: who came, how each address was read, which entry decided, what was answered.</summary>
public static class DecisionText
{
    public static string Write(DecisionRecord record)
    {
        StringBuilder text = new();
        SessionFacts facts = record.Facts;
        Line(text, "decision", $"{record.Id} (configuration {record.Snapshot})");
        Line(text, "client", $"{facts.Connection.Client} -> {facts.Connection.Service} port {facts.Connection.ServerPort}"
            + (facts.Tls is null ? "" : $", {facts.Tls}") + (facts.AuthenticatedUser is null ? "" : $", authenticated as {facts.AuthenticatedUser}"));
        Line(text, "source", $"{facts.Source.Current}, {facts.Source.Reason}");
        Line(text, "from", record.MailFrom.Length == 0 ? "<>" : record.MailFrom);
        if (record.RecipientGiven is not null) Line(text, "to", record.RecipientGiven);
        foreach (ExplanationStep step in record.Decision.Explanation.Steps) Step(text, step);
        foreach (ExpandedRecipient recipient in record.Decision.Recipients.IsDefault ? [] : record.Decision.Recipients)
            Line(text, "queued", $"{recipient.Channel}: {(recipient.ReversePath.Length == 0 ? "<>" : recipient.ReversePath)} -> {recipient.Address}");
        if (record.Decision.Delay > TimeSpan.Zero) Line(text, "delay", $"{record.Decision.Delay.TotalSeconds:0.##} s");
        Line(text, "verdict", record.Decision.Verdict.ToString().ToLowerInvariant());
        Line(text, "reply", record.Decision.Reply.ToString());
        return text.ToString();
    }

    private static void Step(StringBuilder text, ExplanationStep step)
    {
        switch (step)
        {
            case ExplanationStep.Source s:
                Line(text, "source", $"{s.Channel}: {s.Reason}");
                break;
            case ExplanationStep.Rewrite r:
                Line(text, "rewrite", r.Fault is null ? $"{r.Input} -> {r.Address} on {r.Channel} (host {r.Host})" : $"{r.Input}: {r.Fault}");
                foreach (ExplanationStep.Rule rule in r.Rules.IsDefault ? [] : r.Rules)
                    Line(text, "", $"  {rule.Position}  {rule.Text}  -> {rule.Result}");
                break;
            case ExplanationStep.Probe p:
                Line(text, "probe", $"{p.Table}  {p.Input}");
                if (p.Entry is { } entry)
                {
                    Line(text, "", $"  {entry.Position}  {entry.Pattern}  {entry.Template}{(p.Decides ? "   <- decides" : "")}");
                    for (int i = 0; i < p.Captures.Length; i++) Line(text, "", $"    ${i} = {p.Captures[i]}");
                }
                else
                {
                    Line(text, "", "  no entry matches");
                }

                break;
            case ExplanationStep.Alias a:
                Line(text, "alias", $"{a.Key}: {a.Outcome}{(a.Position is { } at ? $" ({at})" : "")}");
                foreach (string target in a.Targets.IsDefault ? [] : a.Targets) Line(text, "", $"  {target}");
                break;
            case ExplanationStep.Note n:
                Line(text, "note", n.Text);
                break;
        }
    }

    private static void Line(StringBuilder text, string label, string value) => text.Append(label.PadRight(12)).Append(value).Append('\n');
}
