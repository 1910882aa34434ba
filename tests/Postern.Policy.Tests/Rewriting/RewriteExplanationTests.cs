using Postern.Mapping.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>What a rewriting tells about itself.</summary>
public sealed class RewriteExplanationTests
{
    private static readonly ConfigurationSnapshot Initial = new Site(InitialSite.Files).Policy.Snapshot;

    [Fact]
    public void Every_rule_tried_and_every_table_asked_is_told_in_order()
    {
        RewriteResult result = Rewrite("_@[10.1.2.3]", new RewriteContext(new ChannelName("tcp_local"), Envelope: true, Forward: false));
        Assert.Equal(2, result.Steps.Length);
        ExplanationStep.Probe probe = Assert.IsType<ExplanationStep.Probe>(result.Steps[0]);
        Assert.Equal(("INTERNAL_IP", "10.1.2.3", true, "Y", false), (probe.Table, probe.Input, probe.Matched, probe.Flags, probe.Decides));
        Assert.NotNull(probe.Entry);
        ExplanationStep.Rewrite rewrite = Assert.IsType<ExplanationStep.Rewrite>(result.Steps[1]);
        Assert.Equal(("_@[10.1.2.3]", "_@[10.1.2.3]", "tcp_intranet", "tcp_intranet-daemon", null), (rewrite.Input, rewrite.Address, rewrite.Channel, rewrite.Host, rewrite.Fault));
        Assert.Equal(
            ["does not apply: $F, and the address points backward", "_%[10.1.2.3]@tcp_intranet-daemon"],
            rewrite.Rules.Select(r => r.Result));
        Assert.All(rewrite.Rules, r => Assert.Equal(r.Text.Split(' ')[0], RuleAt(r.Position).Pattern));
    }

    [Fact]
    public void A_failure_names_its_text_and_no_channel()
    {
        ExplanationStep.Rewrite rewrite = Assert.IsType<ExplanationStep.Rewrite>(Assert.Single(
            Rewriting("a.test $U@nowhere.invalid\n").Rewrite(Parse("u@a.test"), new RewriteContext(new ChannelName("tcp_local"), Envelope: true, Forward: true)).Steps));
        Assert.Equal(("u@a.test", null, null, "illegal host/domain specified"), (rewrite.Address, rewrite.Channel, rewrite.Host, rewrite.Fault));
    }

    [Fact]
    public void A_tag_does_not_outlive_its_address()
    {
        Rewriter rewriter = Rewriting("a.test $U%b.test$Tt|\nt|b.test $U%$D@h1\nb.test $U%$D@localhost.example.com\n");
        RewriteContext context = new(new ChannelName("tcp_local"), Envelope: true, Forward: true);
        Assert.Equal("c1", Assert.IsType<RewriteResult.Success>(rewriter.Rewrite(Parse("u@a.test"), context)).Channel.Name.ToString());
        Assert.Equal("l", Assert.IsType<RewriteResult.Success>(rewriter.Rewrite(Parse("u@b.test"), context)).Channel.Name.ToString());
    }

    [Fact]
    public void Unique_text_differs_from_one_expansion_to_the_next()
    {
        int draws = 0;
        Rewriter rewriter = Rewriting("a.test $W-$W%$D@h1\n", () => draws++ % 32 / 32.0);
        string user = Assert.IsType<RewriteResult.Success>(rewriter.Rewrite(
            Parse("u@a.test"), new RewriteContext(new ChannelName("tcp_local"), Envelope: true, Forward: true))).Address.Local.Value;
        Assert.Equal("abcdefghijklmnopqrstuvwxyz-234567abcdefghijklmnopqrst", user);
    }

    internal static ConfigurationSnapshot Load(string rules, string channels = "")
    {
        SiteFiles files = new(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["postern.cnf"] = $"{rules}\nl\nlocalhost.example.com\n\nc1\nh1\n\ntcp_local smtp\nTCP-DAEMON\n{channels}",
            ["mappings"] = "ORIG_SEND_ACCESS\n\nT\n\n  a*  $Y$$$0\n  *.test  $Y$0\n  u*  $Y$$U$0\n",
            ["users"] = "bob@b.test *\n",
        });
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), 1);
        Assert.True(loaded.Snapshot is not null, string.Join('\n', loaded.Diagnostics.Select((Diagnostic d) => d.ToString())));
        return loaded.Snapshot;
    }

    private static Rewriter Rewriting(string rules, Func<double>? random = null) => new(Load(rules), random ?? (() => 0.5));

    internal static Mailbox Parse(string address) => Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(address, smtpUtf8: true)).Mailbox;

    private static RewriteRule RuleAt(SourcePosition position) => Initial.Rules.All.Single(r => r.Position == position);

    private static RewriteResult Rewrite(string address, RewriteContext context) => new Rewriter(Initial, () => 0.5).Rewrite(Parse(address), context);
}
