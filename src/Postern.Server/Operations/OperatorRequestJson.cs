using System.Collections.Immutable;
using System.Text.Json;
using Postern.Queue;

namespace Postern.Server.Operations;

/// <summary>A request on its way from the command line to the running server, and the outcome on its way back.</summary>
public static class OperatorRequestJson
{
    public static void Write(Utf8JsonWriter json, OperatorRequest request)
    {
        QueueFilter selection = request.Selection;
        json.WriteStartObject();
        json.WriteString("verb"u8, request.Verb.ToString().ToLowerInvariant());
        json.WriteString("user"u8, request.User);
        json.WriteString("text"u8, request.Text);
        json.WriteBoolean("force"u8, request.Force);
        json.WriteBoolean("silent"u8, request.Silent);
        json.WriteBoolean("rewrite"u8, request.Rewrite);
        json.WriteStartArray("ids"u8);
        foreach (QueueId id in selection.Ids) json.WriteStringValue(id.ToString());
        json.WriteEndArray();
        json.WriteString("channel"u8, selection.Channel);
        json.WriteString("host"u8, selection.Host);
        json.WriteString("state"u8, selection.State is { } state ? QueueJson.Name(state) : null);
        if (selection.Tried is { } tried) json.WriteBoolean("tried"u8, tried);
        json.WriteString("from"u8, selection.ReversePath);
        json.WriteString("to"u8, selection.Recipient);
        json.WriteString("reply"u8, selection.LastReply);
        json.WriteString("subject"u8, Subject(selection.Content));
        json.WriteBoolean("match_any"u8, selection.MatchesAny);
        if (selection.ReceivedBefore is { } before) json.WriteString("received_before"u8, before);
        if (selection.ReceivedSince is { } since) json.WriteString("received_since"u8, since);
        if (selection.LastCopy is { } last) json.WriteNumber("last_copy"u8, last);
        json.WriteEndObject();
    }

    /// <summary>Null: it is no request. A field that is not understood is a fault and never a wider selection.</summary>
    public static OperatorRequest? Read(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            OperatorVerb? verb = null;
            string? user = null, said = null;
            bool force = false, silent = false, rewrite = false;
            QueueFilter selection = new();
            foreach (JsonProperty field in document.RootElement.EnumerateObject())
            {
                if (field.Value.ValueKind == JsonValueKind.Null) continue;
                if (field.NameEquals("verb")) verb = Named<OperatorVerb>(field.Value.GetString());
                else if (field.NameEquals("user")) user = field.Value.GetString();
                else if (field.NameEquals("text")) said = field.Value.GetString();
                else if (field.NameEquals("force")) force = field.Value.GetBoolean();
                else if (field.NameEquals("silent")) silent = field.Value.GetBoolean();
                else if (field.NameEquals("rewrite")) rewrite = field.Value.GetBoolean();
                else selection = With(selection, field);
            }

            if (verb is not { } asked || user is null) return null;
            OperatorRequest request = new(asked, user, selection, said, force) { Silent = silent, Rewrite = rewrite };
            return request.IsForChannel && (selection.Channel is null) == (selection.Host is null) ? null : request;
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    public static void Write(Utf8JsonWriter json, OperatorOutcome outcome)
    {
        json.WriteStartObject();
        WriteFields(json, outcome);
        json.WriteEndObject();
    }

    public static void WriteFields(Utf8JsonWriter json, OperatorOutcome outcome)
    {
        json.WriteNumber("changed"u8, outcome.Changed);
        json.WriteNumber("busy"u8, outcome.Busy);
        json.WriteNumber("unreadable"u8, outcome.Unreadable);
    }

    /// <summary>Null: it is no outcome.</summary>
    public static OperatorOutcome? ReadOutcome(ReadOnlyMemory<byte> text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            return new OperatorOutcome(root.GetProperty("changed"u8).GetInt32(), root.GetProperty("busy"u8).GetInt32(), root.GetProperty("unreadable"u8).GetInt32());
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <exception cref="FormatException">the field is unknown or its value is none.</exception>
    private static QueueFilter With(QueueFilter selection, JsonProperty field) => field.Name switch
    {
        "ids" => selection with { Ids = [.. field.Value.EnumerateArray().Select(id => Id(id.GetString()))] },
        "channel" => selection with { Channel = field.Value.GetString() },
        "host" => selection with { Host = field.Value.GetString() },
        "state" => selection with { State = Named<RecipientState>(field.Value.GetString()) },
        "tried" => selection with { Tried = field.Value.GetBoolean() },
        "from" => selection with { ReversePath = field.Value.GetString() },
        "to" => selection with { Recipient = field.Value.GetString() },
        "reply" => selection with { LastReply = field.Value.GetString() },
        "subject" => selection with { Content = new SubjectTest(field.Value.GetString()!) },
        "match_any" => selection with { MatchesAny = field.Value.GetBoolean() },
        "received_before" => selection with { ReceivedBefore = field.Value.GetDateTimeOffset() },
        "received_since" => selection with { ReceivedSince = field.Value.GetDateTimeOffset() },
        "last_copy" => selection with { LastCopy = field.Value.GetInt64() },
        _ => throw new FormatException($"\"{field.Name}\" is no field of a request"),
    };

    private static string? Subject(ContentTest? content) => content switch
    {
        null => null,
        SubjectTest subject => subject.Pattern,
        _ => throw new ArgumentException($"{content} cannot be sent to another process", nameof(content)),
    };

    /// <summary>By name only: the framework would take numbers, and lists, too.</summary>
    private static T Named<T>(string? text)
        where T : struct, Enum
    {
        foreach (T value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase)) return value;
        }

        throw new FormatException($"\"{text}\" is no {typeof(T).Name}");
    }

    private static QueueId Id(string? text) => QueueId.TryParse(text, out QueueId id) ? id : throw new FormatException($"\"{text}\" is no queue id");
}
