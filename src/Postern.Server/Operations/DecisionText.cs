using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Postern.Policy.Access;

namespace Postern.Server.Operations;

/// <summary>
/// Tells a decision as a person would: who came, how each address was read, which entry decided, what was answered. There
/// is one text for a decision just made and one read back from the log, because both go through the same JSON.
/// </summary>
public static class DecisionText
{
    public static string Write(DecisionRecord record)
    {
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer)) DecisionJson.Write(json, record);
        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        return Tell(document.RootElement);
    }

    /// <param name="line">what <see cref="DecisionJson"/> wrote.</param>
    /// <exception cref="JsonException">the line is no such object.</exception>
    public static string FromJson(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return Tell(document.RootElement);
    }

    /// <summary>A callout and its answer on one line.</summary>
    public static string Of(ExplanationStep.Callout callout)
    {
        ArgumentNullException.ThrowIfNull(callout);
        return Callout(callout.Name, callout.Argument, callout.Outcome, callout.Text);
    }

    private static string Callout(string name, string argument, string outcome, string text) =>
        $"{(name.Length == 0 ? "" : $"{name},")}{argument} => {outcome}{(text.Length == 0 ? "" : $" {text}")}";

    private static string Tell(JsonElement told)
    {
        StringBuilder text = new();
        string id = Text(told, "id");
        Line(text, "decision", id == "-" ? $"imagined (configuration {Number(told, "snapshot")})" : $"{id} at {Text(told, "time")} (configuration {Number(told, "snapshot")})");
        Line(text, "client", $"{Text(told, "client_ip")} -> {Text(told, "service")} port {Number(told, "port")}"
            + (told.GetProperty("tls").GetBoolean() ? ", TLS" : "")
            + (Text(told, "authenticated") is { Length: > 0 } user ? $", authenticated as {user}" : ""));
        if (Text(told, "client_name") is { Length: > 0 } name) Line(text, "name", name);
        Line(text, "source", $"{Text(told, "source_channel")}: {Text(told, "source_channel_reason")}");
        if (told.TryGetProperty("source_steps", out JsonElement path)) SourceSteps(text, path);
        Line(text, "from", Path(Text(told, "mail_from")));
        if (Text(told, "rcpt_to") is { Length: > 0 } recipient) Line(text, "to", recipient);
        JsonElement probes = told.GetProperty("probes");
        foreach (JsonElement step in told.GetProperty("steps").EnumerateArray()) Step(text, step, probes);
        foreach (JsonElement copy in told.GetProperty("expansion").EnumerateArray())
            Line(text, "queued", $"{Text(copy, "channel")}: {Path(Text(copy, "from"))} -> {Text(copy, "to")}");
        if (told.GetProperty("delay_ms").GetInt64() is var delay and > 0) Line(text, "delay", string.Create(CultureInfo.InvariantCulture, $"{delay / 1000.0:0.##} s"));
        Line(text, "verdict", Text(told, "verdict"));
        Line(text, "reply", Text(told, "reply"));
        return text.ToString();
    }

    /// <summary>Each stage on a line of its own, behind the rewrites and probes that led to it.</summary>
    private static void SourceSteps(StringBuilder text, JsonElement path)
    {
        foreach (JsonElement step in path.EnumerateArray())
        {
            if (Text(step, "kind") == "source") Line(text, "  stage", SourceLine(step));
            else if (Text(step, "kind") == "probe") Probe(text, step);
            else Step(text, step, path);
        }
    }

    private static string SourceLine(JsonElement step) =>
        $"{Text(step, "channel")}: {Text(step, "reason")}{(Text(step, "file").Length > 0 ? $" ({Place(step)})" : "")}";

    private static void Step(StringBuilder text, JsonElement step, JsonElement probes)
    {
        switch (Text(step, "kind"))
        {
            case "source":
                Line(text, "source", SourceLine(step));
                break;
            case "rewrite":
                string fault = Text(step, "fault");
                Line(text, "rewrite", fault.Length == 0
                    ? $"{Text(step, "input")} -> {Text(step, "address")} on {Text(step, "channel")} (host {Text(step, "host")})"
                    : $"{Text(step, "input")}: {fault}");
                foreach (JsonElement rule in step.GetProperty("rules").EnumerateArray())
                    Line(text, "", $"  {Text(rule, "file")}:{Number(rule, "line")}  {Text(rule, "text")}  -> {Text(rule, "result")}");
                break;
            case "probe":
                Probe(text, probes[step.GetProperty("probe").GetInt32()]);
                break;
            case "alias":
                string file = Text(step, "file");
                Line(text, "alias", $"{Text(step, "key")}: {Text(step, "outcome")}{(file.Length == 0 ? "" : $" ({Place(step)})")}");
                foreach (JsonElement target in step.GetProperty("targets").EnumerateArray()) Line(text, "", $"  {target.GetString()}");
                break;
            case "callout":
                Line(text, "callout", Callout(Text(step, "name"), Text(step, "argument"), Text(step, "outcome"), Text(step, "text")));
                break;
            case "clause":
                string decides = step.GetProperty("decides").GetBoolean() ? "   <- decides" : "";
                Line(text, "clause", $"{Text(step, "list")} ({Place(step)})  {Text(step, "text")}  {Text(step, "subject")}: {Text(step, "holds")}{decides}");
                break;
            case "note":
                Line(text, "note", Text(step, "text"));
                break;
        }
    }

    /// <summary>A line of a file, or an entry of the directory, which has no lines.</summary>
    private static string Place(JsonElement step) => Number(step, "line") is var line and > 0 ? $"{Text(step, "file")}:{line}" : Text(step, "file");

    private static void Probe(StringBuilder text, JsonElement probe)
    {
        Line(text, "probe", $"{Text(probe, "table")}  {Text(probe, "input")}");
        JsonElement entry = probe.GetProperty("entry");
        if (entry.ValueKind == JsonValueKind.Null)
        {
            Line(text, "", "  no entry matches");
            return;
        }

        string decides = probe.GetProperty("decides").GetBoolean() ? "   <- decides" : "";
        Line(text, "", $"  {Text(entry, "file")}:{Number(entry, "line")}  {Text(entry, "pattern")}  {Text(entry, "template")}{decides}");
        int number = 0;
        foreach (JsonElement capture in probe.GetProperty("captures").EnumerateArray()) Line(text, "", $"    ${number++} = {capture.GetString()}");
    }

    private static string Path(string address) => address.Length == 0 ? "<>" : address;

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static long Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;

    private static void Line(StringBuilder text, string label, string value) => text.Append(label.PadRight(12)).Append(value).Append('\n');
}
