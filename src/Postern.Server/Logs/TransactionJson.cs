using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Postern.Policy.Configuration;

namespace Postern.Server.Logs;

/// <summary>A record as one flat JSON object with the family's two-letter names (LOG_FORMAT=6); docs/logs.md lists them.</summary>
internal static class TransactionJson
{
    public static void Write(IBufferWriter<byte> output, TransactionRecord record, LogOptions options)
    {
        using Utf8JsonWriter json = new(output);
        json.WriteStartObject();
        json.WriteString("k"u8, record.IsConnection ? "co"u8 : "en"u8);
        json.WriteString("ts"u8, record.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        Field(json, "si", record.Session, options.Writes(LogFields.Process));
        if (record.Generation > 0) json.WriteNumber("ge"u8, record.Generation);
        json.WriteString("sc"u8, record.Source);
        if (record.IsConnection)
        {
            json.WriteString("dr"u8, record.Direction);
            json.WriteString("ac"u8, record.Action);
        }
        else
        {
            json.WriteString("dc"u8, record.Destination);
            json.WriteString("ac"u8, record.Action);
            json.WriteNumber("sz"u8, record.Size);
            json.WriteString("so"u8, record.From);
            json.WriteString("od"u8, record.OriginalTo);
            json.WriteString("de"u8, record.To);
        }

        Field(json, "rf", record.Notify, options.Writes(LogFields.Notary));
        Field(json, "qi", record.QueueId, options.Writes(LogFields.FileName));
        Field(json, "pq", record.ParentId, options.Writes(LogFields.FileName));
        Field(json, "ei", record.EnvelopeId, options.Writes(LogFields.EnvelopeId));
        Field(json, "mi", record.MessageId, options.Writes(LogFields.MessageId));
        Field(json, "us", record.User, options.Writes(LogFields.UserName));
        Field(json, "pr", TransactionRecord.PriorityText(record.Priority), options.Writes(LogFields.Priority));
        Field(json, "in", record.Intermediate, options.Writes(LogFields.Intermediate));
        Field(json, "ia", record.Initial, options.Writes(LogFields.Intermediate));
        Field(json, "tr", record.Transport, record.IsConnection || (options.Connections & 1) != 0);
        Field(json, "ap", record.Application, record.IsConnection || (options.Connections & 1) != 0);
        Field(json, "tl", record.Tls, isWanted: true);
        Field(json, "fo", record.Forwarded, isWanted: true);
        Field(json, "re", record.Reason, options.Writes(LogFields.Reason));
        Field(json, "tb", record.Table, options.Writes(LogFields.Reason));
        Field(json, "rm", record.Remote, options.Writes(LogFields.RemoteMta));
        Field(json, "di", record.Diagnostic, options.Writes(LogFields.Diagnostics));
        if (record.QueueTime is { } seconds && options.Writes(LogFields.QueueTime)) json.WriteNumber("qt"u8, Math.Round(seconds, 3));
        json.WriteEndObject();
    }

    private static void Field(Utf8JsonWriter json, string name, string? value, bool isWanted)
    {
        if (value is not null && isWanted) json.WriteString(name, value);
    }
}
