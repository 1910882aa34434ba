using System.Globalization;
using System.Net;
using System.Text;
using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;

namespace Postern.Bench;

/// <summary>One address through the rewrite rules of the initial configuration, alone and with many rules for domains beside them.</summary>
internal static class RewriteBench
{
    private static readonly int[] ExtraRules = [0, 100, 10_000];

    private static readonly (string Name, string Address)[] Addresses =
    [
        ("local user", "bob@example.com"),
        ("stranger's domain", "friend@some.example.org"),
        ("internal host", "user@host1.corp.example.com"),
        ("percent hack", "victim%other.example.org@example.com"),
        ("address literal", "_@[10.1.2.3]"),
        ("domain of a rule", "user@domain50.example.net"),
    ];

    public static void Run(TextWriter output)
    {
        RewriteContext context = new(new ChannelName("tcp_local"), Envelope: true, Forward: true);
        Rewriter[] rewriters = [.. ExtraRules.Select(n => new Rewriter(Snapshot(n), static () => 0.5))];
        output.WriteLine($"| address | {string.Join(" | ", ExtraRules.Select(n => string.Create(CultureInfo.InvariantCulture, $"{n} rules more | bytes")))} |");
        output.WriteLine($"| --- |{string.Concat(ExtraRules.Select(_ => " ---: | ---: |"))}");
        foreach ((string name, string address) in Addresses)
        {
            if (AddressParser.Parse(address, smtpUtf8: false) is not AddressParse.Parsed { Mailbox: var mailbox }) throw new InvalidOperationException($"{address} is no address");
            IEnumerable<Measurement> measured = rewriters.Select(r => Measurement.Of(() => r.Rewrite(mailbox, context) is RewriteResult.Success ? 1 : 0)).ToArray();
            output.WriteLine($"| {name} | {string.Join(" | ", measured)} |");
        }
    }

    private static ConfigurationSnapshot Snapshot(int extraRules)
    {
        InitialConfigurationChoices choices = new()
        {
            Domains = ["example.com"],
            HostName = "mta.example.com",
            Internal = ["10.0.0.0/8"],
            InternalDomains = ["corp.example.com"],
            OwnAddresses = [IPAddress.Parse("192.0.2.25")],
        };
        Dictionary<string, string> files = InitialConfiguration.Write(choices).ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        files["users"] = "bob@example.com *\n";
        StringBuilder rules = new();
        for (int i = 0; i < extraRules; i++) rules.Append(CultureInfo.InvariantCulture, $"domain{i}.example.net  $U%$D@tcp_intranet-daemon\n");
        files["postern.cnf"] = $"{rules}{files["postern.cnf"]}";
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", new Files(files), new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        return loaded.Snapshot ?? throw new InvalidOperationException(string.Join('\n', loaded.Diagnostics));
    }

    private sealed class Files(Dictionary<string, string> files) : ISourceFiles
    {
        public string? Read(string path, out string? fault)
        {
            fault = files.ContainsKey(path) ? null : "file not found";
            return files.GetValueOrDefault(path);
        }

        public bool Exists(string path) => files.ContainsKey(path);
    }
}
