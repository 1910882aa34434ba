using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Rewriting;

namespace Postern.Policy.Configuration;

/// <summary>Checks the channels against the rules around them.</summary>
internal static class ChannelChecks
{
    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        foreach (RewriteRule rule in snapshot.Rules.All)
        {
            if (rule.Template.LiteralTag is not { } tag || snapshot.Channels.FindHost(ChannelTable.KeyOf(tag) ?? tag) is not null) continue;
            string? nearest = Spelling.Nearest(tag, snapshot.Channels.All.SelectMany(ChannelTable.HostsOf).Select(h => h.Name));
            diagnostics.Add(Diagnostic.Warning(
                rule.Position, $"no channel has the host \"{Printable.Of(tag)}\", so the rule leads nowhere{(nearest is null ? "" : $"; did you mean \"{nearest}\"?")}"));
        }

        SwitchChecks.Check(snapshot, diagnostics);
    }
}
