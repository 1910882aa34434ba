using System.Collections.Immutable;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

// Checks of the mapping tables that relaying depends on.

/// <summary>Checks the mapping tables that decide about relaying.</summary>
internal static class MappingChecks
{
    private const string Relay = "ORIG_SEND_ACCESS";

    /// <summary>The recipe of "Blocking SMTP relaying": right for what a client names, fatal for what aliases expand to.</summary>
    private static readonly ImmutableHashSet<string> OriginalOnly = ImmutableHashSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "tcp_local|*|tcp_local|*",
        "tcp_*|*|native|*",
        "tcp_*|*|hold|*",
        "tcp_*|*|pipe|*",
        "tcp_*|*|ims-ms|*",
        "tcp_*|tcp_lmtpcs*|*",
        "tcp_*|*|tcp_lmtpcs*|*",
        "tcp_local|*|tcp_intranet|@*:*.*",
        "tcp_local|*|tcp_intranet|*$%*@*",
        "tcp_local|*|tcp_intranet|*.*!*@*",
        "tcp_local|*|tcp_intranet|\"*@*\"@*");

    public static void Check(
        MappingSet mappings, ImmutableArray<ListenerDefinition> listeners, PosternOptions options, ICollection<Diagnostic> diagnostics)
    {
        CheckRelayTable(mappings, listeners, options, diagnostics);
        InternalAddressChecks.CheckRanges(mappings, diagnostics);
        foreach (MappingEntry entry in mappings.Find("SEND_ACCESS")?.Entries ?? [])
        {
            if (OriginalOnly.Contains(entry.PatternText))
                diagnostics.Add(Diagnostic.Warning(entry.Position, $"\"{entry.PatternText}\" belongs in {Relay}: here it also meets what aliases and lists expand to"));
        }
    }

    private static void CheckRelayTable(
        MappingSet mappings, ImmutableArray<ListenerDefinition> listeners, PosternOptions options, ICollection<Diagnostic> diagnostics)
    {
        if (listeners.IsEmpty) return;
        if (mappings.Find(Relay) is not { } table)
        {
            SourcePosition at = new(ConfigurationLoader.MappingsFile, 0);
            diagnostics.Add(options.AllowOpenRelay
                ? Diagnostic.Warning(at, $"there is no {Relay} table and ALLOW_OPEN_RELAY is set: anybody may relay")
                : Diagnostic.Error(at, $"there is no {Relay} table, so anybody could relay; no listener starts without it unless ALLOW_OPEN_RELAY=1"));
            return;
        }

        foreach (ListenerDefinition listener in listeners)
        {
            if (table.Entries.Any(e => CanName(e, listener.Channel.ToString()))) continue;
            string finding = $"no entry of {Relay} can name the channel \"{listener.Channel}\" of service \"{listener.Service}\"";
            diagnostics.Add(options.AllowOpenRelay
                ? Diagnostic.Warning(listener.Position, $"{finding}; ALLOW_OPEN_RELAY is set: anybody may relay through it")
                : Diagnostic.Error(listener.Position, $"{finding}, so anybody could relay through it; name it there, or set ALLOW_OPEN_RELAY=1"));
        }
    }

    /// <summary>Whether the pattern's first field, or a pattern without fields, matches a source channel of that name.</summary>
    private static bool CanName(MappingEntry entry, string channel)
    {
        int bar = entry.PatternText.IndexOf('|', StringComparison.Ordinal);
        string field = bar < 0 ? entry.PatternText : entry.PatternText[..bar];

        // A bar inside a glob cuts it apart; such a field may name anything.
        return !Pattern.TryParse(field, entry.Position, [], out Pattern? pattern) || pattern.Match(channel).IsMatch;
    }
}
