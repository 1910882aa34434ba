using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>One case of <c>conformance/rewrite/*.case</c>: <c>key: value</c> lines, cases set apart by a blank line; a line beginning with <c>|</c> adds a line to the value above it.</summary>
internal sealed class RewriteCase
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

    private readonly List<KeyValuePair<string, string>> _values = [];

    private RewriteCase(string place) => Place = place;

    public string Place { get; }

    public string Name => One("name") ?? "";

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

    public string? One(string key) => All(key).SingleOrDefault();

    public IEnumerable<string> All(string key) => _values.Where(v => v.Key == key).Select(v => v.Value);

    /// <param name="file">below <c>conformance/</c>.</param>
    public static IReadOnlyDictionary<string, RewriteCase> Read(string file)
    {
        Dictionary<string, RewriteCase> cases = new(StringComparer.Ordinal);
        RewriteCase? current = null;
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "conformance", file)).Append(""))
        {
            number++;
            if (line.StartsWith('#')) continue;
            if (line.Length == 0)
            {
                if (current is not null)
                {
                    Assert.True(current.One("source") is not null, $"{current.Place}: no source");
                    Assert.True(cases.TryAdd(current.Name, current), $"{current.Place}: the name stands twice");
                }

                current = null;
                continue;
            }

            current ??= new RewriteCase($"{file}:{number}");
            current.Add(line, $"{file}:{number}");
        }

        return cases;
    }

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

    private void Add(string line, string place)
    {
        if (line.StartsWith('|'))
        {
            (string key, string value) = _values[^1];
            _values[^1] = KeyValuePair.Create(key, $"{value}{line[1..]}\n");
            return;
        }

        int colon = line.IndexOf(':', StringComparison.Ordinal);
        Assert.True(colon > 0, $"{place}: not of the form key: value");
        string name = line[..colon];
        Assert.True(Keys.Contains(name), $"{place}: unknown key \"{name}\"");
        _values.Add(KeyValuePair.Create(name, line[(colon + 1)..].Trim()));
    }
}
