using Postern.Policy.Access;
using Postern.Policy.Configuration;

namespace Postern.Cli.Tests.Documents;

/// <summary>The example of docs/notifications.md loads and chooses.</summary>
public sealed class NotificationPageTests
{
    private static readonly FencedBlock[] Blocks = [.. FencedBlock.In(Pages.Read("docs/notifications.md"))];

    [Theory]
    [InlineData("de-CH", "kim@y.test", "de")]
    [InlineData("", "kim@y.fr", "fr")]
    [InlineData("en", "kim@y.test", "")]
    public void Example_chooses_languages(string preferred, string reader, string language)
    {
        Dictionary<string, string> files = InitialConfiguration
            .Write(new InitialConfigurationChoices { Domains = ["example.com"], HostName = "mail.example.com" })
            .ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        files["mappings"] += "\n" + Assert.Single(Blocks, b => b.Kind == "mappings").Text;
        files["option.dat"] = files.GetValueOrDefault("option.dat", "") + "NOTIFICATION_LANGUAGES=de,fr\n";
        foreach (string name in (string[])["de", "fr"]) files[$"notifications/{name}/return_suffix.txt"] = "x\n";
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", new LooseFiles(files), new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        Assert.True(loaded.Snapshot is not null, string.Join('\n', loaded.Diagnostics));
        Assert.DoesNotContain(loaded.Diagnostics, d => d.ToString().Contains("NOTIFICATION_LANGUAGE", StringComparison.Ordinal));
        Assert.Equal(language, new MailPolicy(loaded.Snapshot).NotificationLanguage("failed", "tcp_local", preferred, reader, "a@b.test").Language);
    }

    private sealed class LooseFiles(Dictionary<string, string> files) : Mapping.Text.ISourceFiles
    {
        public string? Read(string path, out string? fault)
        {
            fault = Exists(path) ? null : "file not found";
            return files.GetValueOrDefault(path);
        }

        public bool Exists(string path) => files.ContainsKey(path);
    }
}
