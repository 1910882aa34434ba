using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>Checks the channels against the rules around them.</summary>
internal static class ChannelChecks
{
    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        foreach (ChannelDefinition channel in snapshot.Channels.All)
        {
            if (channel is { Switch: SwitchUse.Switch, HostNameSwitch: true, ForwardCheck: ForwardCheck.None })
            {
                diagnostics.Add(Diagnostic.Warning(
                    channel.Position, $"channel \"{channel.Name}\" switches by host name and has \"forwardchecknone\"; only confirmed names will switch"));
            }
        }
    }
}
