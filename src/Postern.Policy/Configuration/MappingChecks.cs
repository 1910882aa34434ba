using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Policy.Configuration;

// Checks of the mapping tables that relaying depends on. INTERNAL_IP is asked for a spread of public addresses, one of
// each block that a site can hardly own whole; an answer of yes means a range that is far too wide. Cost: some 200
// look-ups a load. Limit: a range smaller than a /8 (IPv6: than those sampled) between the samples is not noticed.

/// <summary>Checks the mapping tables that decide about relaying.</summary>
internal static class MappingChecks
{
    private const string Relay = "ORIG_SEND_ACCESS";
    private const string Internal = "INTERNAL_IP";

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
        if (mappings.Find(Internal) is { } addresses) CheckInternalAddresses(mappings, addresses, diagnostics);
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
            diagnostics.Add(Diagnostic.Warning(listener.Position, $"no entry of {Relay} can name the channel \"{listener.Channel}\" of service \"{listener.Service}\""));
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

    private static void CheckInternalAddresses(MappingSet mappings, MappingTable table, ICollection<Diagnostic> diagnostics)
    {
        MappingContext context = new(mappings, InputFlags.None, CalloutAnswers.Empty, static () => 0);
        HashSet<SourcePosition> told = [];
        foreach (string address in PublicAddresses())
        {
            if (MappingEvaluator.Map(table, address, context) is not MappingResult.Match { AllFailed: false } match) continue;
            if (!match.Flags.Has('Y') || match.Hit is not { } hit || !told.Add(hit.Position)) continue;
            diagnostics.Add(Diagnostic.Warning(hit.Position, $"\"{hit.Entry.PatternText}\" makes public addresses such as {address} internal: they may relay"));
        }
    }

    private static IEnumerable<string> PublicAddresses()
    {
        for (int first = 1; first < 224; first++)
        {
            if (first is 10 or 127) continue;
            yield return $"{first}.77.133.201";
        }

        string[] blocks = ["2001:4860", "2003:de", "2400:cb00", "2600:1234", "2800:a4", "2a00:1450", "2a02:2e0", "2c0f:fb50"];
        foreach (string block in blocks) yield return IPAddress.Parse($"{block}:77::c9").ToString();
    }
}
