using System.Text;
using System.Text.Json;

namespace Postern.Server.Operations;

/// <summary>Gathers the lines of a told decision: a label in the first twelve columns, then the text.</summary>
internal sealed class DecisionStepText
{
    private const int LabelWidth = 12;

    private readonly StringBuilder _text = new();

    public static string Callout(string name, string argument, string outcome, string text) =>
        $"{(name.Length == 0 ? "" : $"{name},")}{argument} => {outcome}{(text.Length == 0 ? "" : $" {text}")}";

    public void Line(string label, string value) => Line($"{label.PadRight(LabelWidth)}{value}");

    public void Line(string line = "") => _text.Append(line.TrimEnd()).Append('\n');

    /// <summary>The label before the first only.</summary>
    public void List(string label, IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            Line(label, line);
            label = "";
        }
    }

    /// <param name="told">where numbers of probes lead.</param>
    public void Steps(IEnumerable<JsonElement> steps, JsonElement told)
    {
        JsonElement[] probes = [.. told.Items("probes")];
        foreach (JsonElement step in steps) Step(step, probes);
    }

    public override string ToString() => _text.ToString();

    private void Step(JsonElement step, JsonElement[] probes)
    {
        switch (step.Text("kind"))
        {
            case "source":
                Line("  stage", $"{step.Text("channel")}: {step.Text("reason")}{Place(step)}");
                break;
            case "rewrite":
                Rewrite(step);
                break;
            case "probe":
                Probe(step.TryGetProperty("probe", out JsonElement number) ? probes[number.GetInt32()] : step);
                break;
            case "alias":
                Line("alias", $"{step.Text("key")}: {step.Text("outcome")}{Place(step)}");
                foreach (JsonElement target in step.Items("targets")) Line("", $"  {target.GetString()}");
                break;
            case "callout":
                Line("callout", Callout(step.Text("name"), step.Text("argument"), step.Text("outcome"), step.Text("text")));
                break;
            case "clause":
                Line("clause", $"{step.Text("list")}{Place(step)}  {step.Text("text")}  {step.Text("subject")}: {step.Text("holds")}{Decides(step)}");
                break;
            case "note":
                Line("note", step.Text("text"));
                break;
        }
    }

    private void Rewrite(JsonElement step)
    {
        string fault = step.Text("fault");
        Line("rewrite", fault.Length == 0
            ? $"{step.Text("input")} -> {step.Text("address")} on {step.Text("channel")} (host {step.Text("host")})"
            : $"{step.Text("input")}: {fault}");
        foreach (JsonElement rule in step.Items("rules")) Line("", $"  {rule.Place()}  {rule.Text("text")}  -> {rule.Text("result")}");
    }

    private void Probe(JsonElement probe)
    {
        Line("probe", $"{probe.Text("table")}  {probe.Text("input")}");
        JsonElement entry = probe.GetProperty("entry");
        if (entry.ValueKind == JsonValueKind.Null)
        {
            Line("", $"  no entry matches{Decides(probe)}");
            return;
        }

        Line("", $"  {$"{entry.Place()}  {entry.Text("pattern")}  {entry.Text("template")}".TrimEnd()}{Decides(probe)}");
        int number = 0;
        foreach (JsonElement capture in probe.Items("captures")) Line("", $"    ${number++} = {capture.GetString()}");
    }

    private static string Decides(JsonElement step) => step.Has("decides") ? "   <- decides" : "";

    private static string Place(JsonElement step) => step.Place() is { Length: > 0 } place ? $" ({place})" : "";
}
