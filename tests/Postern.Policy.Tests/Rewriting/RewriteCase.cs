using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Postern.Tests;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>One case of <c>conformance/rewrite/*.case</c>.</summary>
internal sealed class RewriteCase(CaseText text)
{
    private const string Channels =
        """
        l
        localhost.example.com

        tcp_local smtp
        TCP-DAEMON

        tcp_intranet smtp
        tcp_intranet-daemon

        c1
        h1

        c2
        h2

        reprocess
        reprocess-daemon
        """;

    private static readonly HashSet<string> Keys =
    [
        "name", "source", "rules", "channels", "mappings", "texts", "option", "address", "context", "channel", "destination", "reprocessing",
        "client host", "directory", "want", "refused", "tried", "finding", "header", "want-header",
    ];

    public string Place => text.Place;

    public string Name => text.Name;

    public bool IsTemporary => One("directory") == "unavailable";

    public RewriteContext Context
    {
        get
        {
            string context = One("context") ?? "to";
            Assert.True(context is "to" or "from" or "header-to" or "header-from", $"{Place}: unknown context \"{context}\"");
            return new RewriteContext(
                new ChannelName(One("channel") ?? "tcp_local"),
                Envelope: context is "to" or "from",
                Forward: context is "to" or "header-to",
                One("destination") is { } destination ? new ChannelName(destination) : null,
                Reprocessing: One("reprocessing") == "yes")
            {
                ClientHost = One("client host"),
            };
        }
    }

    public string? One(string key) => text.One(key);

    public IEnumerable<string> All(string key) => text.All(key);

    /// <param name="file">below <c>conformance/</c>.</param>
    public static IReadOnlyDictionary<string, RewriteCase> Read(string file) => CaseText.Read(file, Keys.Contains, c => new RewriteCase(c));

    public ConfigurationResult Load()
    {
        Dictionary<string, string> files = new(StringComparer.Ordinal)
        {
            ["postern.cnf"] = $"{One("rules") ?? "x.invalid $U@h1\n"}\n{ChannelText()}\n",
            ["mappings"] = $"ORIG_SEND_ACCESS\n\n{One("mappings")}",
            ["users"] = "bob@local.test *\n",
        };
        if (One("option") is { } option) files["option.dat"] = option + "\n";
        if (One("texts") is { } texts)
        {
            files["texts"] = texts;
            files["option.dat"] = files.GetValueOrDefault("option.dat", "") + "GENERAL_TEXT=texts\n";
        }

        return ConfigurationLoader.Load("/site", new SiteFiles(files), new Dictionary<string, string>(StringComparer.Ordinal), 1);
    }

    /// <summary>Whether a finding is about the rules; the channels of every case are not all used.</summary>
    public bool IsRule(Diagnostic finding) => finding.File == "postern.cnf" && finding.Line <= (One("rules") ?? "").Count(c => c == '\n');

    public string Describe(RewriteResult result) =>
        $"{Place}: {Name}\n{string.Join('\n', result.Steps.Select(s => s is ExplanationStep.Rewrite r ? string.Join('\n', r.Rules) : s.ToString()))}\n";

    public Mailbox Address
    {
        get
        {
            AddressParse parse = AddressParser.Parse(One("address")!, smtpUtf8: true);
            Assert.True(parse is AddressParse.Parsed, $"{Place}: {parse}");
            return ((AddressParse.Parsed)parse).Mailbox;
        }
    }

    /// <summary>The channels of every case; a block of the case takes the place of the one with its name.</summary>
    private string ChannelText()
    {
        List<string> blocks = [.. Channels.Split("\n\n")];
        foreach (string block in (One("channels") ?? "").Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            string name = block.Split(' ', '\n')[0];
            int known = blocks.FindIndex(b => b.Split(' ', '\n')[0] == name);
            if (known < 0) blocks.Add(block.TrimEnd());
            else blocks[known] = block.TrimEnd();
        }

        return string.Join("\n\n", blocks);
    }
}
