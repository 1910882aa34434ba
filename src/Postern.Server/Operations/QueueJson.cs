using System.Text.Json;
using Postern.Queue;

namespace Postern.Server.Operations;

/// <summary>Queue entries as JSON for command line and console. Field names are a contract (docs/reference/commands.md).</summary>
public static class QueueJson
{
    public static void WriteList(Utf8JsonWriter json, IReadOnlyCollection<QueueEntry> entries)
    {
        json.WriteStartObject();
        json.WriteString("schema"u8, "postern/queue.list/1"u8);
        json.WriteStartArray("recipients"u8);
        foreach (QueueEntry entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, entry.Id.ToString());
            json.WriteString("channel"u8, entry.Channel);
            json.WriteString("host"u8, entry.Host);
            json.WriteString("state"u8, Name(entry.State));
            json.WriteNumber("size"u8, entry.Size);
            json.WriteString("received"u8, entry.Received.UtcDateTime);
            json.WriteNumber("attempts"u8, entry.Attempts);
            WriteNext(json, entry.State, entry.Next);
            json.WriteString("from"u8, entry.ReversePath);
            json.WriteString("to"u8, entry.Recipient);
            json.WriteString("last_reply"u8, entry.LastReply);
            json.WriteString("held_reason"u8, entry.HoldReason);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <param name="past">the attempts that did not succeed; null leaves them out.</param>
    public static void WriteMessage(Utf8JsonWriter json, QueuedMessage message, ILookup<RecipientKey, PastAttempt>? past = null)
    {
        Envelope envelope = message.Envelope;
        json.WriteStartObject();
        json.WriteString("schema"u8, "postern/queue.message/1"u8);
        json.WriteString("id"u8, envelope.Id.ToString());
        json.WriteNumber("size"u8, message.Size);
        json.WriteString("received"u8, envelope.Received.UtcDateTime);
        json.WriteString("from"u8, envelope.ReversePath);
        json.WriteString("envid"u8, envelope.EnvelopeId);
        json.WriteString("ret"u8, Name(envelope.Return));
        json.WriteString("priority"u8, Name(envelope.Priority));
        json.WriteString("source_channel"u8, envelope.SourceChannel);
        json.WriteString("client"u8, envelope.PortInformation);
        json.WriteString("application"u8, envelope.ApplicationInformation);
        json.WriteString("user"u8, envelope.AuthenticatedUser);
        json.WriteString("parent"u8, envelope.ParentId);
        json.WriteStartArray("copies"u8);
        foreach (QueuedCopy copy in message.Copies)
        {
            json.WriteStartObject();
            json.WriteString("channel"u8, copy.Channel);
            json.WriteString("from"u8, copy.ReversePath);
            json.WriteStartArray("recipients"u8);
            foreach (QueuedRecipient recipient in copy.Recipients) WriteRecipient(json, recipient, past?[new RecipientKey(copy.CopyId, recipient.Number)]);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Totals by channel, by host or by sender; what was not asked for is empty.</summary>
    /// <param name="missed">by how many recipients the total of a sender may be too low.</param>
    public static void WriteSummary(
        Utf8JsonWriter json,
        IReadOnlyCollection<ChannelTotal> channels,
        IReadOnlyCollection<HostTotal> hosts,
        IReadOnlyCollection<SenderTotal> senders,
        int missed,
        IReadOnlyCollection<string> stopped,
        IReadOnlyCollection<string> stoppedHosts)
    {
        json.WriteStartObject();
        json.WriteString("schema"u8, "postern/queue.summary/1"u8);
        json.WriteStartArray("channels"u8);
        foreach (ChannelTotal total in channels)
        {
            json.WriteStartObject();
            json.WriteString("channel"u8, total.Channel);
            WriteCounts(json, total.Recipients, total.Oldest);
            json.WriteNumber("copies"u8, total.Copies);
            json.WriteNumber("octets"u8, total.Octets);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("hosts"u8);
        foreach (HostTotal total in hosts)
        {
            json.WriteStartObject();
            json.WriteString("channel"u8, total.Channel);
            json.WriteString("host"u8, total.Host);
            WriteCounts(json, total.Recipients, total.Oldest);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("senders"u8);
        foreach (SenderTotal total in senders)
        {
            json.WriteStartObject();
            json.WriteString("from"u8, total.From);
            WriteCounts(json, total.Recipients, total.Oldest);
            json.WriteNumber("copies"u8, total.Copies);
            json.WriteNumber("octets"u8, total.Octets);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("missed"u8, missed);
        json.WriteStartArray("stopped"u8);
        foreach (string channel in stopped) json.WriteStringValue(channel);
        json.WriteEndArray();
        json.WriteStartArray("stopped_hosts"u8);
        foreach (string host in stoppedHosts) json.WriteStringValue(host);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteTop(Utf8JsonWriter json, string by, IEnumerable<KeyValuePair<string, int>> counts, int missed)
    {
        json.WriteStartObject();
        json.WriteString("schema"u8, "postern/queue.top/1"u8);
        json.WriteString("by"u8, by);
        json.WriteNumber("missed"u8, missed);
        json.WriteStartArray("values"u8);
        foreach ((string value, int recipients) in counts)
        {
            json.WriteStartObject();
            json.WriteString("value"u8, value);
            json.WriteNumber("recipients"u8, recipients);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <param name="outcome">null: nothing was changed, only looked at.</param>
    public static void WriteChange(Utf8JsonWriter json, string verb, int recipients, int messages, OperatorOutcome? outcome)
    {
        json.WriteStartObject();
        json.WriteString("schema"u8, "postern/queue.change/1"u8);
        json.WriteString("verb"u8, verb);
        json.WriteNumber("recipients"u8, recipients);
        json.WriteNumber("messages"u8, messages);
        json.WriteBoolean("dry_run"u8, outcome is null);
        OperatorRequestJson.WriteFields(json, outcome ?? new OperatorOutcome(0, 0));
        json.WriteEndObject();
    }

    /// <param name="channel">null where a next hop was stopped or started.</param>
    public static void WriteSwitch(Utf8JsonWriter json, string? channel, string? host, bool stopped, bool changed)
    {
        json.WriteStartObject();
        json.WriteString("schema"u8, "postern/queue.switch/1"u8);
        json.WriteString("channel"u8, channel);
        json.WriteString("host"u8, host);
        json.WriteBoolean("stopped"u8, stopped);
        json.WriteBoolean("changed"u8, changed);
        json.WriteEndObject();
    }

    /// <summary>The state as every face of the product spells it.</summary>
    public static string Name(RecipientState state) => state.ToString().ToLowerInvariant();

    /// <summary>The priority as every face of the product spells it.</summary>
    public static string Name(MessagePriority priority) => priority == MessagePriority.SecondClass ? "second-class" : priority.ToString().ToLowerInvariant();

    /// <summary>RET as the client spelt it (RFC 3461 §4.3); null where he left it out.</summary>
    public static string? Name(ReturnContent content) => content switch
    {
        ReturnContent.Full => "FULL",
        ReturnContent.Headers => "HDRS",
        _ => null,
    };

    private static void WriteCounts(Utf8JsonWriter json, RecipientCounts counts, DateTimeOffset oldest)
    {
        json.WriteNumber("active"u8, counts.Active);
        json.WriteNumber("delayed"u8, counts.Delayed);
        json.WriteNumber("claimed"u8, counts.Claimed);
        json.WriteNumber("held"u8, counts.Held);
        json.WriteString("oldest"u8, oldest.UtcDateTime);
    }

    private static void WriteRecipient(Utf8JsonWriter json, QueuedRecipient recipient, IEnumerable<PastAttempt>? past)
    {
        json.WriteStartObject();
        json.WriteString("to"u8, recipient.Address);
        json.WriteString("host"u8, recipient.Host);
        json.WriteString("orcpt"u8, recipient.OriginalRecipient);
        json.WriteString("state"u8, Name(recipient.State));
        json.WriteBoolean("checked"u8, recipient.Checked);
        json.WriteNumber("attempts"u8, recipient.Attempts);
        WriteNext(json, recipient.State, recipient.Next);
        json.WriteString("held_reason"u8, recipient.HoldReason);
        if (recipient.LastReply is null)
        {
            json.WriteNull("last"u8);
        }
        else
        {
            json.WriteStartObject("last"u8);
            if (recipient.LastAttempt is { } at) json.WriteString("time"u8, at.UtcDateTime);
            else json.WriteNull("time"u8);
            json.WriteString("reply"u8, recipient.LastReply);
            json.WriteEndObject();
        }

        if (past is not null)
        {
            json.WriteStartArray("history"u8);
            foreach (PastAttempt attempt in past)
            {
                json.WriteStartObject();
                json.WriteString("time"u8, attempt.Time.UtcDateTime);
                json.WriteString("reply"u8, attempt.Reply);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WriteNext(Utf8JsonWriter json, RecipientState state, DateTimeOffset next)
    {
        if (state == RecipientState.Queued) json.WriteString("next"u8, next.UtcDateTime);
        else json.WriteNull("next"u8);
    }
}
