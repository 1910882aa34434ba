using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>Reads <c>&lt;channel&gt;_option</c>, the option file of one channel (Technical Reference, "TCPIP-channel-specific options").</summary>
internal static class ChannelOptionFile
{
    private const string HostBackoff = "HOST_BACKOFF";

    /// <returns>the channel with its file applied; unchanged when it has none.</returns>
    public static ChannelDefinition Apply(ChannelDefinition channel, ISourceFiles files, ICollection<Diagnostic> diagnostics)
    {
        string path = $"{channel.Name}_option";
        if (!files.Exists(path)) return channel;
        foreach (Setting setting in SettingSection.Read(files, path, diagnostics).SelectMany(s => s.Settings))
        {
            if (setting.Name != HostBackoff) diagnostics.Add(setting.Warning($"option \"{Printable.Of(setting.Name)}\" is ignored"));
            else if (IsoDuration.TryParse(setting.Value, out TimeSpan wait)) channel = channel with { HostBackoff = wait };
            else diagnostics.Add(setting.Needs("a duration such as PT5M"));
        }

        return channel;
    }
}
