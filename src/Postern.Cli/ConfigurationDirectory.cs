namespace Postern.Cli;

/// <summary>Where the configuration is: <c>--config</c>, else POSTERN_CONFIG, else /etc/postern if it exists, else ./postern.d.</summary>
internal static class ConfigurationDirectory
{
    public const string FirstRun = "postern.d";

    public static string Find(string? option)
    {
        if (!string.IsNullOrEmpty(option)) return Path.GetFullPath(option);
        if (Environment.GetEnvironmentVariable("POSTERN_CONFIG") is { Length: > 0 } variable) return Path.GetFullPath(variable);
        return Directory.Exists("/etc/postern") ? "/etc/postern" : Path.GetFullPath(FirstRun);
    }
}
