using System.CommandLine;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Server.Operations;

namespace Postern.Cli;

/// <summary>The options every command has, and the one way commands load a configuration.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Config { get; } = new("--config")
    {
        Description = "configuration directory (default: POSTERN_CONFIG, /etc/postern, ./postern.d)",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json") { Description = "print one JSON document", Recursive = true };

    public string Directory(ParseResult parsed) => ConfigurationDirectory.Find(parsed.GetValue(Config));

    /// <summary>Loads the configuration; prints every error to the error writer and returns null when it has any.</summary>
    public ConfigurationSnapshot? Load(ParseResult parsed)
    {
        string directory = Directory(parsed);
        ConfigurationResult result = ConfigurationOnDisk.Load(directory, version: 1);
        if (result.Snapshot is null)
        {
            foreach (Mapping.Text.Diagnostic diagnostic in result.Diagnostics.Where(d => d.IsError))
                parsed.InvocationConfiguration.Error.WriteLine(diagnostic);
        }

        return result.Snapshot;
    }

    public MailPolicy? LoadPolicy(ParseResult parsed) => Load(parsed) is { } snapshot ? new MailPolicy(snapshot) : null;
}
