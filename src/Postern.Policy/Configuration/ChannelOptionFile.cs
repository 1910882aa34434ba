using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>Reads <c>&lt;channel&gt;_option</c>, the option file of one channel (Technical Reference, "TCPIP-channel-specific options").</summary>
internal static class ChannelOptionFile
{
    private const string HostBackoff = "HOST_BACKOFF";
    private const string BannerDelay = "BANNER_PURGE_DELAY";

    /// <summary>Hundredths of a second; more than a minute of silence, and clients give up.</summary>
    private const int LongestBannerDelay = 6000;

    /// <returns>the channel with its file applied; unchanged when it has none.</returns>
    public static ChannelDefinition Apply(ChannelDefinition channel, ISourceFiles files, ICollection<Diagnostic> diagnostics)
    {
        string path = $"{channel.Name}_option";
        if (!files.Exists(path)) return channel;
        foreach (Setting setting in SettingSection.Read(files, path, diagnostics).SelectMany(s => s.Settings)) channel = Apply(channel, setting, diagnostics);

        return channel;
    }

    private static ChannelDefinition Apply(ChannelDefinition channel, Setting setting, ICollection<Diagnostic> diagnostics)
    {
        switch (setting.Name)
        {
            case HostBackoff when IsoDuration.TryParse(setting.Value, out TimeSpan wait):
                return channel with { HostBackoff = wait };
            case HostBackoff:
                diagnostics.Add(setting.Needs("a duration such as PT5M"));
                return channel;
            case BannerDelay when setting.AsNumber(0, LongestBannerDelay) is { } hundredths:
                return channel with { BannerDelay = TimeSpan.FromMilliseconds(hundredths * 10) };
            case BannerDelay:
                diagnostics.Add(setting.Needs($"hundredths of a second from 0 to {LongestBannerDelay}"));
                return channel;
            default:
                diagnostics.Add(setting.Warning($"option \"{Printable.Of(setting.Name)}\" is ignored"));
                return channel;
        }
    }
}
