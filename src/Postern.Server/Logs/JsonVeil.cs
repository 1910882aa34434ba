using System.Buffers;
using System.Collections.Frozen;
using System.Text.Json;

namespace Postern.Server.Logs;

// The line of a log is veiled as a whole, behind the code that made it, so that no field can be forgotten: every string is
// searched for addresses, except those that come from the configuration alone. Two rounds: the first learns the local
// parts of all addresses in the line, the second hides them also where they stand without a domain, as what a wildcard caught. A
// capture that is only a piece of a local part is hidden as a whole, and then that piece too wherever it stands as a word.

/// <summary>Copies a JSON object with the local parts of all addresses veiled.</summary>
public sealed class JsonVeil(AddressVeil veil)
{
    /// <summary>Strings that are no client's: identities, names of channels and tables, and texts of configuration files.</summary>
    private static readonly FrozenSet<string> Plain = FrozenSet.Create(
        StringComparer.Ordinal,
        "id", "schema", "time", "client_ip", "service", "initial_channel", "source_channel", "client_name", "helo", "destination_channel",
        "channel", "host", "kind", "table", "file", "pattern", "template", "flags", "verdict", "holds", "callout", "outcome");

    /// <summary>Strings that are an address, with a domain or without.</summary>
    private static readonly FrozenSet<string> Addresses = FrozenSet.Create(
        StringComparer.Ordinal,
        "authenticated", "mail_from", "effective_from", "rcpt_to", "rewritten_to", "address", "to", "from", "key", "targets", "subject");

    public void Copy(ReadOnlyMemory<byte> json, IBufferWriter<byte> output)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        HashSet<string> locals = new(StringComparer.OrdinalIgnoreCase);
        Learn(document.RootElement, "", locals);
        HashSet<string> pieces = new(StringComparer.OrdinalIgnoreCase);
        LearnCaptures(document.RootElement, "", locals, pieces);
        locals.UnionWith(pieces);
        using Utf8JsonWriter writer = new(output);
        Write(writer, document.RootElement, "", isOfFile: false, locals);
    }

    private void Learn(JsonElement element, string name, HashSet<string> locals)
    {
        if (Plain.Contains(name)) return;
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject()) Learn(property.Value, property.Name, locals);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray()) Learn(item, name, locals);
                break;
            case JsonValueKind.String:
                string text = element.GetString()!;
                if (text.Contains('@', StringComparison.Ordinal)) veil.Text(text, locals);
                else if (Addresses.Contains(name) && text.Length > 0) locals.Add(text);
                break;
        }
    }

    private static void LearnCaptures(JsonElement element, string name, HashSet<string> locals, HashSet<string> pieces)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (JsonProperty property in element.EnumerateObject()) LearnCaptures(property.Value, property.Name, locals, pieces);
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray()) LearnCaptures(item, name, locals, pieces);
                break;
            case JsonValueKind.String when name == "captures":
                string text = element.GetString()!;
                if (text.Length > 0 && locals.Any(l => l.Contains(text, StringComparison.OrdinalIgnoreCase))) pieces.Add(text);
                break;
        }
    }

    /// <param name="isOfFile">the element stands in an object that names a file: its <c>text</c> is a line of that.</param>
    private void Write(Utf8JsonWriter writer, JsonElement element, string name, bool isOfFile, HashSet<string> locals)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                bool hasFile = element.TryGetProperty("file", out JsonElement file) && file.ValueKind == JsonValueKind.String;
                writer.WriteStartObject();
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    writer.WritePropertyName(property.Name);
                    Write(writer, property.Value, property.Name, hasFile, locals);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in element.EnumerateArray()) Write(writer, item, name, isOfFile, locals);
                writer.WriteEndArray();
                break;
            case JsonValueKind.String when !Plain.Contains(name) && !(isOfFile && name == "text"):
                writer.WriteStringValue(Veiled(element.GetString()!, name, locals));
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    private string Veiled(string text, string name, HashSet<string> locals)
    {
        if (Addresses.Contains(name) || locals.Contains(text)) return veil.Address(text);
        return Words(veil.Text(text), locals);
    }

    /// <summary>Known local parts that stand in a text as a word of their own.</summary>
    private string Words(string text, HashSet<string> locals)
    {
        foreach (string local in locals.OrderByDescending(l => l.Length))
        {
            int from = 0;
            while (text.IndexOf(local, from, StringComparison.OrdinalIgnoreCase) is var at and >= 0)
            {
                int end = at + local.Length;
                if (!IsWordEdge(text, at - 1) || !IsWordEdge(text, end))
                {
                    from = at + 1;
                    continue;
                }

                string hidden = veil.Local(local);
                text = $"{text[..at]}{hidden}{text[end..]}";
                from = at + hidden.Length;
            }
        }

        return text;
    }

    private static bool IsWordEdge(string text, int index) =>
        index < 0 || index >= text.Length || !(char.IsLetterOrDigit(text[index]) || text[index] is '_' or '-' or '~' or '.' or '@');
}
