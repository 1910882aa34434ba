using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Postern.Policy.Access;
using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>
/// Tells a decision as a person would: what was decided and by which line, then the whole way there: who came, what each address
/// became, every table asked; last what nearly decided, and what could be changed. There is one text for a decision just made
/// and one read back from the log, because both go through the same JSON.
/// </summary>
public static class DecisionText
{
    /// <param name="configuration">where near misses are looked for; null tells none.</param>
    public static string Write(DecisionRecord record, ConfigurationSnapshot? configuration = null)
    {
        using JsonDocument document = JsonDocument.Parse(DecisionJson.Line(record));
        return Tell(document.RootElement, configuration);
    }

    /// <param name="line">what <see cref="DecisionJson"/> wrote.</param>
    /// <param name="configuration">where near misses are looked for; null tells none.</param>
    /// <exception cref="JsonException">the line is no such object.</exception>
    public static string FromJson(string line, ConfigurationSnapshot? configuration = null)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        return Tell(document.RootElement, configuration);
    }

    /// <summary>The decision in one line, without the way to it.</summary>
    public static string Summary(DecisionRecord record)
    {
        using JsonDocument document = JsonDocument.Parse(DecisionJson.Line(record));
        JsonElement told = document.RootElement;
        string why = Reason(told);
        return $"{Headline(told)}{(why.Length == 0 ? "" : $": {why}")}";
    }

    /// <summary>A callout and its answer on one line.</summary>
    public static string Of(ExplanationStep.Callout callout)
    {
        ArgumentNullException.ThrowIfNull(callout);
        return DecisionStepText.Callout(callout.Name, callout.Argument, callout.Outcome, callout.Text);
    }

    private static string Tell(JsonElement told, ConfigurationSnapshot? configuration)
    {
        DecisionStepText text = new();
        text.Line(Headline(told));
        if (Reason(told) is { Length: > 0 } why) text.Line("because", why);
        text.Line();
        Client(text, told);
        text.Steps(told.Items("connection_steps"), told);
        if (told.Has("mail_from"))
        {
            Source(text, told);
            Sender(text, told);
        }

        if (told.Has("rcpt_to")) text.Line("to", told.Text("rcpt_to"));
        text.Steps(told.Items("steps"), told);
        foreach (JsonElement copy in told.Items("expansion"))
            text.Line("queued", $"{copy.Text("channel")}: {Path(copy.Text("from"))} -> {copy.Text("to")}");
        text.Line();
        if (told.Number("delay_ms") is var delay and > 0) text.Line("delay", string.Create(CultureInfo.InvariantCulture, $"{delay / 1000.0:0.##} s"));
        text.Line("verdict", told.Text("verdict"));
        text.Line("reply", told.Text("reply"));
        if (configuration is not null) text.List("near miss", NearMisses.Of(told, configuration));
        text.List("to change", DecisionAdvice.Of(told));
        return text.ToString();
    }

    private static void Client(DecisionStepText text, JsonElement told)
    {
        string id = told.Text("id");
        text.Line("decision", id == "-" ? $"imagined (configuration {told.Number("snapshot")})" : $"{id} at {told.Text("time")} (configuration {told.Number("snapshot")})");
        string user = told.Text("authenticated"), helo = told.Text("helo");
        string tls = told.Text("tls_description") is { Length: > 0 } description ? description : told.Has("tls") ? "TLS" : "in the clear";
        text.Line("client", $"{told.Text("client_ip")} -> {told.Text("service")} port {told.Number("port")}, {tls}, "
            + (user.Length > 0 ? $"authenticated as {user}" : "not authenticated")
            + (helo.Length > 0 && told.Has("mail_from") ? $", {(told.Has("extended") ? "EHLO" : "HELO")} {helo}" : ""));
        if (told.Text("client_name") is { Length: > 0 } name) text.Line("name", name);
    }

    private static void Source(DecisionStepText text, JsonElement told)
    {
        text.Line();
        text.Line("source", $"{told.Text("source_channel")}: {told.Text("source_channel_reason")}");
        text.Steps(told.Items("source_steps"), told);
        text.Line();
    }

    private static void Sender(DecisionStepText text, JsonElement told)
    {
        text.Line("from", Path(told.Text("mail_from")));
        if (!told.Has("rcpt_to")) return;
        text.Steps(told.Items("sender_steps"), told);
        if (told.Text("effective_from") is { Length: > 0 } effective) text.Line("becomes", effective);
        text.Line();
    }

    private static string Headline(JsonElement told)
    {
        string what = !told.Has("mail_from") ? told.Deciding()?.Text("table") == "AUTH_ACCESS" ? "authentication" : "the connection"
            : !told.Has("rcpt_to") ? $"sender {Path(told.Text("mail_from"))}"
            : $"mail from {Path(told.Text("mail_from"))} to {told.Text("rcpt_to")}";
        string became = told.Text("verdict") switch
        {
            "reject" => "refused",
            "defer" => "put off",
            "discard" => "accepted and dropped",
            "hold" => "accepted and held",
            _ => "accepted",
        };
        return $"{became}: {what}, client {told.Text("client_ip")}";
    }

    /// <summary>What decided, in one line; "" when nothing had to.</summary>
    private static string Reason(JsonElement told)
    {
        if (told.DecidingClause() is { } clause) return $"list {clause.Text("list")}, {clause.Place()}  {clause.Text("text")}";
        if (told.Deciding() is { } probe)
        {
            return probe.TryGetProperty("entry", out JsonElement entry) && entry.ValueKind == JsonValueKind.Object
                ? $"{probe.Text("table")}, {entry.Place()}  {entry.Text("pattern")}  {entry.Text("template")}".TrimEnd()
                : $"{probe.Text("table")} could not be asked";
        }

        if (told.Text("verdict") is not ("reject" or "defer")) return Permission(told);
        foreach (JsonElement step in told.Items("steps").Reverse())
        {
            switch (step.Text("kind"))
            {
                case "rewrite" when step.Text("fault") is { Length: > 0 } fault:
                    return $"{step.Text("input")}: {fault}";
                case "alias" when step.Place().Length == 0:
                    return $"{step.Text("key")}: {step.Text("outcome")}";
                case "note":
                    return step.Text("text");
            }
        }

        return "";
    }

    /// <summary>Why a recipient was not refused: the last entry that took the probe, or that there is none.</summary>
    private static string Permission(JsonElement told)
    {
        string said = "";
        foreach (JsonElement probe in told.Items("probes").Where(p => p.Text("table").EndsWith("_ACCESS", StringComparison.Ordinal)))
        {
            said = probe.TryGetProperty("entry", out JsonElement entry) && entry.ValueKind == JsonValueKind.Object && probe.Has("matched")
                ? $"{probe.Text("table")}, {entry.Place()}  {entry.Text("pattern")}  {entry.Text("template")}".TrimEnd()
                : said.Length > 0 ? said : $"no entry of {probe.Text("table")} refuses it";
        }

        return said;
    }

    private static string Path(string address) => address.Length == 0 ? "<>" : address;
}
