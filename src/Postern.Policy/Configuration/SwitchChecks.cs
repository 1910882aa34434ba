using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>Checks what switches the source channel: options that cannot take effect, and channels that do not exist.</summary>
internal static class SwitchChecks
{
    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        foreach (ChannelDefinition channel in snapshot.Channels.All)
        {
            foreach (string finding in Findings(channel)) diagnostics.Add(Diagnostic.Warning(channel.Position, $"channel \"{channel.Name}\" {finding}"));
        }

        foreach (UserEntry user in snapshot.Users.Entries)
        {
            CheckTarget(snapshot, user.Position, "mailSMTPSubmitChannel", user.SubmitChannel, diagnostics);
            CheckTarget(snapshot, user.Position, "sourceChannel", user.SourceChannel, diagnostics);
        }

        foreach (DomainEntry domain in snapshot.Users.DomainEntries) CheckTarget(snapshot, domain.Position, "sourceChannel", domain.SourceChannel, diagnostics);
    }

    private static IEnumerable<string> Findings(ChannelDefinition channel)
    {
        if (channel is { Switch: SwitchUse.Switch, HostNameSwitch: true, ForwardCheck: ForwardCheck.None })
            yield return "switches by host name and has \"forwardchecknone\"; only confirmed names will switch";
        if (channel is { UserSwitchChannel: true, Switch: SwitchUse.No })
            yield return "has \"userswitchchannel\", which does nothing beside \"noswitchchannel\"";
        if (channel is { TlsSwitchChannel: not null, TlsServer: TlsUse.No })
            yield return "has \"tlsswitchchannel\" and no \"maytlsserver\"; only ports with implicit TLS will switch";
        if (channel is { SaslSwitchChannel: not null, SaslServer: SaslUse.No })
            yield return "has \"saslswitchchannel\" and no \"maysaslserver\", so nobody can authenticate";
    }

    private static void CheckTarget(ConfigurationSnapshot snapshot, SourcePosition at, string attribute, ChannelName? target, ICollection<Diagnostic> diagnostics)
    {
        if (target is not { } name) return;
        if (snapshot.Channels.FindByName(name) is not { } channel)
        {
            string? nearest = Spelling.Nearest(name.ToString(), snapshot.Channels.All.Select(c => c.Name.ToString()));
            diagnostics.Add(Diagnostic.Error(at, $"{attribute} names the unknown channel \"{name}\"{(nearest is null ? "" : $"; did you mean \"{nearest}\"?")}"));
        }
        else if (!channel.Smtp)
        {
            diagnostics.Add(Diagnostic.Error(at, $"{attribute} names \"{name}\", which is no SMTP channel"));
        }
        else if (attribute == "sourceChannel" && channel.Switch == SwitchUse.No)
        {
            diagnostics.Add(Diagnostic.Warning(at, $"{attribute} names \"{name}\", which has \"noswitchchannel\" and takes no switched sessions"));
        }
    }
}
