using System.Text.Json;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>
/// Entries that a reader could have expected to decide: they match but for their last field, or their template did not apply. They are
/// looked for when somebody asks, in the tables as they are now, and not at all when the entry that decided is not there any more.
/// </summary>
internal static class NearMisses
{
    private const int Most = 5;

    /// <summary>One line each, at most five; none when no table decided and none was missed.</summary>
    public static IEnumerable<string> Of(JsonElement told, ConfigurationSnapshot configuration)
    {
        List<string> found = [.. Probes(told).SelectMany(p => InTable(told, p, configuration)).Distinct(StringComparer.Ordinal)];
        return found.Count <= Most ? found : found.Take(Most).Append($"and {found.Count - Most} more");
    }

    /// <summary>A refusal that no table made was missed by none.</summary>
    private static IEnumerable<JsonElement> Probes(JsonElement told)
    {
        if (told.Deciding() is { } deciding) return [deciding];
        return told.Text("verdict") is "reject" or "defer" ? [] : told.Items("probes");
    }

    private static IEnumerable<string> InTable(JsonElement told, JsonElement probe, ConfigurationSnapshot configuration)
    {
        if (configuration.Mappings.Find(probe.Text("table")) is not { } table) return [];
        MappingEntry? decided = null;
        if (probe.TryGetProperty("entry", out JsonElement entry) && entry.ValueKind == JsonValueKind.Object)
        {
            decided = table.Entries.FirstOrDefault(e => e.Position.ToString() == entry.Place() && e.PatternText == entry.Text("pattern"));
            if (decided is null) return ["the entry that decided is not in the configuration any more, so none are told"];
        }

        string input = probe.Text("input");
        string last = input[(input.LastIndexOf('|') + 1)..];

        // What stands behind the entry that decided was not asked.
        IEnumerable<string> missed = table.Entries
            .TakeWhile(e => e != decided)
            .Select(e => (Entry: e, Wanted: NearMiss.LastField(e.Pattern, input)))
            .Where(m => m.Wanted is not null)
            .Select(m => $"{m.Entry.Position}  {m.Entry.PatternText}  {m.Entry.TemplateText}: its last field is \"{m.Wanted}\", and the probe has \"{last}\"");
        return missed.Concat(NotApplied(told, table, input, configuration));
    }

    /// <summary>Entries whose pattern matched and whose template failed, a flag that the session did not have for instance.</summary>
    private static IEnumerable<string> NotApplied(JsonElement told, MappingTable table, string input, ConfigurationSnapshot configuration)
    {
        string flags = $"{(told.Has("authenticated") || !told.Has("mail_from") ? "A" : "")}{(told.Has("tls") ? "T" : "")}{(told.Has("extended") ? "E" : "")}";
        Steps steps = [];
        MappingContext context = new(configuration.Mappings, InputFlags.Parse(flags), CalloutAnswers.Empty, static () => 0.5);
        MappingEvaluator.Map(table, input, context, steps);
        return steps.OfType<MappingStep.Failed>().Where(f => f.Depth == 0)
            .Select(f => $"{f.Hit.Position}  {f.Hit.Entry.PatternText}  {f.Hit.Entry.TemplateText}: it matches, but {f.Reason}");
    }

    private sealed class Steps : List<MappingStep>, IMappingTrace;
}
