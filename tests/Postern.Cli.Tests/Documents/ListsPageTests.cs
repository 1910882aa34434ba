using System.Net;
using System.Text.RegularExpressions;
using Postern.Cli.Tests.Harness;
using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Cli.Tests.Documents;

/// <summary>The page for postmasters: its examples load and lead somewhere, and its table is that of the code.</summary>
public sealed partial class ListsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs/lists.md"));

    [Fact]
    public void Table_of_parameters_is_that_of_the_code()
    {
        string[] documented = [.. Row().Matches(Page).Select(m => m.Value)];
        Assert.Equal(ListParameterTable.All.Select(p => $"| `{p.Name}` | {p.Value} | {Support(p.Support)} |"), documented);
    }

    [Fact]
    public void Every_example_loads_and_leads_somewhere()
    {
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", new Files(), new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        Assert.True(loaded.Snapshot is not null, string.Join('\n', loaded.Diagnostics));
        MailPolicy policy = new(loaded.Snapshot);
        Assert.True(loaded.Snapshot.Aliases.Definitions.Length > 12, "the page has lost its examples");
        foreach (AliasDefinition alias in loaded.Snapshot.Aliases.Definitions)
        {
            string name = alias.Name.Replace('*', 'x');
            Decision decision = Ask(policy, name.Contains('@', StringComparison.Ordinal) ? name : $"{name}@example.com");
            Assert.True(decision.Verdict == Verdict.Accept, $"{alias.Name}: {decision.Reply}");
            Assert.NotEmpty(decision.Recipients);
        }
    }

    [Fact]
    public void What_the_page_says_of_forwarding_and_reversal_holds()
    {
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", new Files(), new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        MailPolicy policy = new(loaded.Snapshot!);
        Assert.Equal("ann@ims-ms-daemon", Assert.Single(Ask(policy, "ann@old.example.com").Recipients).Address);
        Assert.Equal("FORWARD", Assert.Single(Ask(policy, "trap@example.com").Recipients).HoldReason);
        Assert.Equal("bob@example.com", Ask(policy, "joe@example.com", from: "bob@host1.example.com").Recipients.Single(r => r.Channel.ToString() == "tcp_local").ReversePath);
    }

    private static Decision Ask(MailPolicy policy, string recipient, string from = "ann@example.com")
    {
        ClientConnection connection = new(IPAddress.Loopback, 40000, IPAddress.Loopback, 25, "smtp");
        SessionFacts facts = new(connection, policy.SourceAtConnect(connection), "client.test", Extended: true, AuthenticatedUser: "ann@example.com");
        return policy.Recipient(facts, new ReversePath(Mailbox(from), from), new ForwardPath(Mailbox(recipient), recipient));
    }

    private static Mailbox Mailbox(string address) => Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(address, smtpUtf8: false)).Mailbox;

    private static string Support(ListParameterSupport support) => support switch
    {
        ListParameterSupport.Supported => "yes",
        ListParameterSupport.NoEffect => "nothing to do",
        ListParameterSupport.NotYet => "not yet",
        _ => "refused",
    };

    [GeneratedRegex(@"^\| `[A-Z_]+` \| .*$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("^```(?<kind>aliases|mappings)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Block();

    /// <summary>The initial configuration with the blocks of the page in it; whatever file they name holds ann.</summary>
    private sealed class Files : ISourceFiles
    {
        private readonly Dictionary<string, string> _files = InitialConfiguration
            .Write(new InitialConfigurationChoices { Domains = ["example.com", "example.org", "old.example.com"], HostName = "mail.example.com" })
            .ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);

        public Files()
        {
            _files["aliases"] = Blocks("aliases");
            _files["mappings"] += $"\n{Blocks("mappings")}";
            _files["users"] = "ann@example.com *\nbob@example.org *\njoe@example.com *\nnew@example.com *\n";
            _files["club.header"] = "List-Help: <mailto:help@example.com>\n";
        }

        public string? Read(string path, out string? fault)
        {
            fault = Exists(path) ? null : "file not found";
            return _files.GetValueOrDefault(path) ?? (Exists(path) ? "ann@example.com\n" : null);
        }

        public bool Exists(string path) => _files.ContainsKey(path) || path.EndsWith(".members", StringComparison.Ordinal) || path.EndsWith(".editors", StringComparison.Ordinal);

        private static string Blocks(string kind) => string.Concat(Block().Matches(Page).Where(m => m.Groups["kind"].Value == kind).Select(m => m.Groups["text"].Value));
    }
}
