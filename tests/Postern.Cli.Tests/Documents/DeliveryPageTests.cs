using Postern.Policy.Channels;
using Postern.Policy.Configuration;

namespace Postern.Cli.Tests.Documents;

/// <summary>The examples of docs/delivery.md load together, and say what the page says they do.</summary>
public sealed class DeliveryPageTests
{
    private static readonly FencedBlock[] Blocks = [.. FencedBlock.In(Pages.Read("docs/delivery.md"))];

    [Fact]
    public void Examples_load()
    {
        Dictionary<string, string> files = InitialConfiguration
            .Write(new InitialConfigurationChoices { Domains = ["example.com"], HostName = "mail.example.com" })
            .ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        string[] lines = files["postern.cnf"].Split('\n');
        int store = Array.FindIndex(lines, l => l.StartsWith("ims-ms ", StringComparison.Ordinal));
        files["postern.cnf"] = $"{string.Join('\n', lines[..store].Concat(lines[(store + 2)..]))}\n{Block("channels")}";
        files["programs.cnf"] = Block("programs");
        files["aliases"] += Block("aliases");
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", new LooseFiles(files), new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        Assert.True(loaded.Snapshot is not null, string.Join('\n', loaded.Diagnostics));
        Assert.DoesNotContain(loaded.Diagnostics, d => d.ToString().Contains("vac", StringComparison.Ordinal));
        Assert.Equal("/run/dovecot/lmtp", loaded.Snapshot.Channels.FindByName(new ChannelName("ims-ms"))!.Daemon);
        ProgramDefinition program = Assert.Single(loaded.Snapshot.Programs);
        Assert.Equal(["-u", "%s", "--"], program.Arguments);
        Assert.Equal(TimeSpan.FromMinutes(1), program.TimeLimit);
    }

    private static string Block(string kind) => Assert.Single(Blocks, b => b.Kind == kind).Text;

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
