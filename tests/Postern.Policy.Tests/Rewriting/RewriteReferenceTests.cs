using System.Text.RegularExpressions;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>The examples in the tables of docs/reference/rewrite-rules.md do what the page says, and every sequence stands there.</summary>
public sealed partial class RewriteReferenceTests
{
    private const string Base = """
        t|b.test $U%tagged.test@c2-daemon
        . $U%$H@tcp_local-daemon

        l
        mta.example.com

        tcp_local smtp
        tcp_local-daemon

        c1
        c1-daemon

        c2
        c2-daemon

        """;

    private static readonly string Page = File.ReadAllText(Find("docs/reference/rewrite-rules.md"));

    /// <summary>Rows of five cells: what, meaning, rule, address, result.</summary>
    private static readonly string[][] Rows =
    [
        .. Page.Split('\n').Where(l => l.StartsWith('|'))
            .Select(l => Bar().Split(l.Trim())[1..^1].Select(c => c.Trim().Replace("\\|", "|", StringComparison.Ordinal)).ToArray())
            .Where(c => c.Length == 5 && c[2].StartsWith('`')),
    ];

    private static readonly Dictionary<string, string[]> Examples = Rows.Where(r => r[2].Contains(' ', StringComparison.Ordinal)).ToDictionary(r => r[0], StringComparer.Ordinal);

    public static TheoryData<string> Names => [.. Examples.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Example_does_what_the_page_says(string name)
    {
        string[] row = Examples[name];
        SiteFiles files = new(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["postern.cnf"] = $"{row[2].Trim('`')}\n{Base}",
            ["mappings"] = "HOSTS\n\n  old  $Ynew.test\n  *    $N\n",
            ["texts"] = "name-of-old general.test\n",
            ["option.dat"] = "GENERAL_TEXT=texts\n",
            ["users"] = "bob@example.com *\n",
        });
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), 1);
        Assert.True(loaded.Snapshot is not null, string.Join('\n', loaded.Diagnostics));
        RewriteResult result = new Rewriter(loaded.Snapshot, () => 0.5).Rewrite(
            RewriteExplanationTests.Parse(row[3].Trim('`')), new RewriteContext(new ChannelName("tcp_local"), Envelope: true, Forward: true));
        Assert.Equal(row[4], result switch
        {
            RewriteResult.Success s => $"`{s.Address}` to `{s.Host}`",
            RewriteResult.Failure f => $"`{f.Status} {f.Text}`",
            _ => "",
        });
    }

    [Theory]
    [InlineData("S", HostLocation.Route)]
    [InlineData("A", HostLocation.At)]
    [InlineData("P", HostLocation.Percent)]
    [InlineData("X", HostLocation.Bang)]
    public void Host_stands_where_the_page_says(string place, HostLocation location)
    {
        string[] row = Rows.Single(r => r[0] == place);
        FirstHost? first = FirstHost.Of(RewriteExplanationTests.Parse(row[2].Trim('`')), bangOverPercent: false);
        Assert.Equal((row[3], row[4], location), ($"`{first!.Value.Host}`", $"`{first.Value.User}`", first.Value.Location));
    }

    [Theory]
    [InlineData("$U $H $D $L $W $$ $% $@ $\\ $^ $_ $= $E $B $F $R $S $A $P $X $1~ $1M $1N $nA $nX $nH $nD $0U $1U")]
    [InlineData("$&n $!n $*n $#n ${TABLE,text} $(text) $]url[ $.text. $[routine,text] $Mchannel $Nchannel $Qchannel $Cchannel $Vdomain $Zdomain $Ttag $?text $n?text")]
    public void Every_sequence_stands_on_the_page(string sequences) =>
        Assert.All(sequences.Split(' '), s => Assert.Matches($@"(?m)^\| [^|]*{Regex.Escape(s)}", Page));

    private static string Find(string page)
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(Path.Combine(directory.FullName, "Postern.slnx"))) return Path.Combine(directory.FullName, page);
        }

        throw new DirectoryNotFoundException("no Postern.slnx above the tests");
    }

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Bar();
}
