using System.Collections;
using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>Loads a configuration directory with the environment of this process.</summary>
public static class ConfigurationOnDisk
{
    /// <param name="version">the generation number the snapshot carries.</param>
    public static ConfigurationResult Load(string directory, long version)
    {
        Dictionary<string, string> environment = new(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        return ConfigurationLoader.Load(directory, new DiskFiles(directory), environment, version);
    }
}
