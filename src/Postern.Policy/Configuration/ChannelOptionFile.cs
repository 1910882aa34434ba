using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>Reads <c>&lt;channel&gt;_option</c>, the option file of one channel; <see cref="ChannelFileOptions"/> says what may stand in it.</summary>
internal static class ChannelOptionFile
{
    /// <returns>the channel with its file applied; unchanged when it has none.</returns>
    public static ChannelDefinition Apply(ChannelDefinition channel, ISourceFiles files, ICollection<Diagnostic> diagnostics)
    {
        string path = $"{channel.Name}_option";
        if (!files.Exists(path)) return channel;
        foreach (Setting setting in SettingSection.Read(files, path, diagnostics).SelectMany(s => s.Settings))
        {
            if (ChannelFileOptions.Find(setting.Name) is not { } option) diagnostics.Add(setting.Warning($"option \"{Printable.Of(setting.Name)}\" is ignored"));
            else if (option.Set(channel, setting) is { } changed) channel = changed;
            else diagnostics.Add(setting.Needs(option.Needs));
        }

        return channel;
    }
}
