using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Rewriting;

namespace Postern.Policy.Configuration;

// A warning must be right, since a page of wrong ones hides the one that matters. So a rule counts as covered only by one that
// applies whatever the address: conditions on envelope, direction and place are compared, any other test or look-up may fail.
// Likewise a channel counts as unused only when no text of the configuration spells its name or one of its hosts.
// Cost: linear in the rules, but for rules of one pattern, which are compared in pairs.

/// <summary>Finds rules that no address can reach, and channels that no rule leads to.</summary>
internal static class RewriteChecks
{
    /// <summary>Channels that the MTA addresses by itself.</summary>
    private static readonly HashSet<string> OwnChannels = new(StringComparer.OrdinalIgnoreCase)
    {
        "l", "ims-ms", "native", "pipe", "hold", "process", "reprocess", "conversion", "defragment", "bitbucket", "filter_discard",
    };

    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        Dictionary<string, List<RewriteRule>> above = new(StringComparer.Ordinal);
        foreach (RewriteRule rule in snapshot.Rules.All)
        {
            if (!above.TryGetValue(rule.Key, out List<RewriteRule>? earlier)) above[rule.Key] = earlier = [];
            if (FindFault(snapshot, rule, earlier) is { } fault) diagnostics.Add(Diagnostic.Warning(rule.Position, fault));
            earlier.Add(rule);
        }

        CheckEverything(snapshot, diagnostics);
        CheckChannels(snapshot, diagnostics);
    }

    private static string? FindFault(ConfigurationSnapshot snapshot, RewriteRule rule, List<RewriteRule> earlier)
    {
        if (!RulePattern.CanMatch(rule.Pattern)) return $"pattern \"{Printable.Of(rule.Pattern)}\" matches no host";
        if (rule.Template.NeverApplies) return "the rule never applies: its controls exclude each other";
        if (rule.Template.Steps.Any(s => s is TemplateStep.MailHost)) return "users have no mail host here, so a rule with \"$nX\" never applies";
        if (earlier.Find(r => RuleCover.Covers(r, rule)) is { } cover) return $"the rule is never reached: {cover.Position} has the same pattern and always applies before it";
        if (RulePattern.LooksLikePrefix(rule.Pattern))
            return $"pattern \"{Printable.Of(rule.Pattern)}\" matches this one address; a prefix names its groups and ends with one colon";
        if (rule.Template.LiteralTag is not { } tag || snapshot.Channels.FindHost(ChannelTable.KeyOf(tag) ?? tag) is not null) return null;
        string? nearest = Spelling.Nearest(tag, snapshot.Channels.All.SelectMany(ChannelTable.HostsOf).Select(h => h.Name));
        return $"no channel has the host \"{Printable.Of(tag)}\", so the rule leads nowhere{(nearest is null ? "" : $"; did you mean \"{nearest}\"?")}";
    }

    /// <summary>A <c>$*</c> that always applies and ends the scan leaves nothing to the rules of other patterns.</summary>
    private static void CheckEverything(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        if (snapshot.Rules.Find("$*").FirstOrDefault(r => !r.Template.Repeats && RuleCover.AlwaysApplies(r)) is not { } everything) return;
        int others = snapshot.Rules.All.Count(r => r.Key != "$*" && !r.Key.Contains('|', StringComparison.Ordinal));
        if (others > 0) diagnostics.Add(Diagnostic.Warning(everything.Position, $"\"$*\" takes every address here, so {others} rules with other patterns are never reached"));
    }

    private static void CheckChannels(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        // Without a literal channel tag the rules are computed; with "userswitchchannel" an account may name any channel.
        if (!snapshot.Rules.All.Any(r => r.Template.LiteralTag is not null) || snapshot.Channels.All.Any(c => c.UserSwitchChannel)) return;
        List<string> texts = [.. snapshot.Rules.All.Select(r => r.TemplateText), snapshot.Options.DomainFailure];
        texts.AddRange(snapshot.Mappings.Tables.SelectMany(t => t.Entries).Select(e => e.TemplateText));
        texts.AddRange(snapshot.Mappings.Options.GeneralText.Values);
        texts.AddRange(snapshot.Aliases.Definitions.SelectMany(a => a.Targets).Select(t => t.Mailbox.ToString()));
        HashSet<ChannelName> sources = [.. snapshot.Listeners.Select(l => l.Channel)];
        foreach (ChannelDefinition channel in snapshot.Channels.All)
        {
            if (channel.SaslSwitchChannel is { } sasl) sources.Add(sasl);
            if (channel.TlsSwitchChannel is { } tls) sources.Add(tls);
        }

        foreach (ChannelDefinition channel in snapshot.Channels.All)
        {
            if (OwnChannels.Contains(channel.Name.ToString()) || sources.Contains(channel.Name)) continue;
            string[] names = [channel.Name.ToString(), .. ChannelTable.HostsOf(channel).Select(h => h.Name)];
            if (texts.Exists(t => names.Any(n => t.Contains(n, StringComparison.OrdinalIgnoreCase)))) continue;
            diagnostics.Add(Diagnostic.Warning(
                channel.Position, $"no rule, service, switch, table or alias leads to channel \"{channel.Name}\"; mail reaches it only where its host name is written out"));
        }
    }
}
