using System.Text.Json;

namespace Postern.Server.Operations;

/// <summary>Reads fields of what <see cref="DecisionJson"/> wrote. A field that is not there is empty.</summary>
internal static class ToldDecision
{
    public static string Text(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    public static bool Has(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False);

    public static long Number(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];

    /// <summary>The probe that made the verdict, or null.</summary>
    public static JsonElement? Deciding(this JsonElement told) => LastOf(told.Items("probes").Where(p => p.Has("decides")));

    /// <summary>The rule of a list that made the verdict, or null.</summary>
    public static JsonElement? DecidingClause(this JsonElement told) =>
        LastOf(told.Items("steps").Where(s => s.Text("kind") == "clause" && s.Has("decides")));

    /// <summary><c>file:line</c>, or "".</summary>
    public static string Place(this JsonElement element) => element.Text("file") is { Length: > 0 } file ? $"{file}:{element.Number("line")}" : "";

    private static JsonElement? LastOf(IEnumerable<JsonElement> elements)
    {
        JsonElement? last = null;
        foreach (JsonElement element in elements) last = element;
        return last;
    }
}
