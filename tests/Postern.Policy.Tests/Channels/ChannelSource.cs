using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;

namespace Postern.Policy.Tests.Channels;

/// <summary>Loads a postern.cnf that has one rewrite rule, on line 1, an empty line 2 and the given channel blocks from line 3 on.</summary>
internal static class ChannelSource
{
    public static ConfigurationResult Load(string blocks, params (string Name, string Text)[] others)
    {
        Dictionary<string, string> files = new(StringComparer.Ordinal) { ["postern.cnf"] = $"mta.example.com  $U@mta.example.com\n\n{blocks}" };
        foreach ((string name, string text) in others) files[name] = text;
        return ConfigurationLoader.Load("/site", new SiteFiles(files), new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
    }

    /// <summary>The channels; the test fails on an error.</summary>
    public static ChannelTable Table(string blocks, params (string Name, string Text)[] others)
    {
        ConfigurationResult loaded = Load(blocks, others);
        return loaded.Snapshot?.Channels ?? throw new InvalidDataException(string.Join('\n', loaded.Diagnostics));
    }

    /// <summary>The findings about postern.cnf.</summary>
    public static string[] Findings(ConfigurationResult loaded) =>
        [.. loaded.Diagnostics.Where(d => d.File == "postern.cnf").Select(d => d.ToString())];
}
