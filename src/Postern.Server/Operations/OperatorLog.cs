using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Postern.Queue;

namespace Postern.Server.Operations;

/// <summary>
/// Who changed the queue: one JSON object a line for each message changed and each channel stopped or started, in
/// <c>log/operator.jsonl</c>. The server and a command that works while none runs write the same file.
/// </summary>
public sealed class OperatorLog(string file, TimeProvider time)
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Lock _gate = new();

    /// <param name="id">null where a channel was stopped or started.</param>
    /// <exception cref="IOException">the line could not be written.</exception>
    public void Write(OperatorRequest request, QueueId? id, string? channel, string? from, IEnumerable<string> recipients, OperatorOutcome outcome)
    {
        ArrayBufferWriter<byte> line = new(512);
        using (Utf8JsonWriter json = new(line, Plain))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, time.GetUtcNow().UtcDateTime);
            json.WriteString("user"u8, request.User);
            json.WriteString("verb"u8, request.Verb.ToString().ToLowerInvariant());
            json.WriteString("id"u8, id?.ToString());
            json.WriteString("channel"u8, channel);
            if (request.IsForChannel) json.WriteString("host"u8, request.Selection.Host);
            json.WriteString("from"u8, from);
            json.WriteStartArray("to"u8);
            foreach (string recipient in recipients) json.WriteStringValue(recipient);
            json.WriteEndArray();
            json.WriteString("text"u8, request.Text);
            OperatorRequestJson.WriteFields(json, outcome);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        lock (_gate)
        {
            DataDirectory.Make(System.IO.Path.GetDirectoryName(file)!);
            using FileStream stream = new(file, new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
            });
            stream.Write(line.WrittenSpan);
        }
    }
}
