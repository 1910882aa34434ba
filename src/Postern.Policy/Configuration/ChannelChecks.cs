using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>Checks the channels against the rules around them.</summary>
internal static class ChannelChecks
{
    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        SwitchChecks.Check(snapshot, diagnostics);
    }
}
