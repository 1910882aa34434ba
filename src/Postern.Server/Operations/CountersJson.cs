using System.Text.Json;
using Postern.Server.Callouts;

namespace Postern.Server.Operations;

/// <summary>The counters of a running server as JSON. Field names are a contract (docs/reference/commands.md).</summary>
public static class CountersJson
{
    public static async Task WriteAsync(Stream output, ServerView server, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(server);
        await using Utf8JsonWriter json = new(output);
        json.WriteStartObject();
        json.WriteString("schema"u8, "postern/counters/1"u8);
        json.WriteString("start_time"u8, server.Started.UtcDateTime);
        json.WriteStartArray("listeners"u8);
        foreach (ListenerStatus listener in server.Listeners())
        {
            json.WriteStartObject();
            json.WriteString("service"u8, listener.Service);
            json.WriteNumber("connections"u8, listener.OpenConnections);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("throttles"u8);
        foreach (ThrottleTotals table in await server.Throttles(cancellationToken))
        {
            json.WriteStartObject();
            json.WriteString("table"u8, table.Name);
            json.WriteNumber("entries"u8, table.Entries);
            json.WriteNumber("counted"u8, table.Counted);
            json.WriteNumber("over"u8, table.Over);
            json.WriteNumber("evicted"u8, table.Evicted);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
