using System.Text.Json;

namespace Postern.Server.Logs;

/// <summary>Which lines of the transaction log somebody wants to see. What is not said is not asked; what is said must all hold.</summary>
/// <param name="Letters">first letters of actions; "" is all.</param>
/// <param name="Channel">source or destination.</param>
/// <param name="Address">part of an address: sender, recipient, original recipient or user.</param>
/// <param name="Message">queue id, of the message or of the one it was made from, or Message-ID.</param>
/// <param name="Session">id of a session.</param>
public sealed record TransactionFilter(string Letters = "", string? Channel = null, string? Address = null, string? Message = null, string? Session = null)
{
    private bool AsksNothing => Letters.Length == 0 && Channel is null && Address is null && Message is null && Session is null;

    /// <summary>A line of JSON is asked by its fields. A line of text has no names: letter and channel by their columns, the rest anywhere.</summary>
    public bool Takes(string line)
    {
        if (line.Length == 0) return false;
        if (AsksNothing) return true;
        if (line[0] != '{') return TakesText(line);
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return TakesJson(document.RootElement);
        }
        catch (JsonException)
        {
            // A line that a crash cut short.
            return false;
        }
    }

    private bool TakesJson(JsonElement record)
    {
        string Field(string name) => record.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        bool Any(string wanted, params ReadOnlySpan<string> names)
        {
            foreach (string name in names)
            {
                if (Field(name).Equals(wanted, StringComparison.OrdinalIgnoreCase)) return true;
            }

            return false;
        }

        return HasLetter(Field("ac"))
            && (Channel is null || Any(Channel, "sc", "dc"))
            && (Address is null || new[] { "so", "od", "de", "us" }.Any(n => Field(n).Contains(Address, StringComparison.OrdinalIgnoreCase)))
            && (Message is null || Any(Message, "qi", "pq", "mi", "ei") || Field("mi").Equals($"<{Message}>", StringComparison.OrdinalIgnoreCase))
            && (Session is null || Any(Session, "si"));
    }

    /// <summary>The columns before the action are date, time, and with LOG_PROCESS a session; an empty channel is blanks.</summary>
    private bool TakesText(string line)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (Letters.Length > 0 && !words.Skip(2).Take(4).Any(w => w.Length <= 5 && w.All(char.IsAsciiLetterUpper) && HasLetter(w))) return false;
        if (Channel is not null && !words.Skip(2).Take(3).Contains(Channel, StringComparer.OrdinalIgnoreCase)) return false;
        return ((string?[])[Address, Message, Session]).All(wanted => wanted is null || line.Contains(wanted, StringComparison.OrdinalIgnoreCase));
    }

    private bool HasLetter(string action) => Letters.Length == 0 || (action.Length > 0 && Letters.Contains(action[0], StringComparison.OrdinalIgnoreCase));
}
