using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

/// <summary>What is told of rules that no address reaches, channels that nothing leads to, and switches that open or win nothing.</summary>
public sealed class RewriteChecksTests
{
    [Fact]
    public void Initial_configuration_has_no_finding() =>
        Assert.Empty(Load(InitialSite.Files.With("aliases", text => text)));

    [Theory]
    [InlineData("x.test $U@h1|x.test $U@h1", 2)]
    [InlineData("x.test $U@h1|X.Test $E$U@h1", 2)]
    [InlineData("x.test $E$U@h1|x.test $E$F$U@h1", 2)]
    [InlineData("x.test $A$S$U@h1|x.test $A$U@h1", 2)]
    [InlineData(".x.test $U%$H$D@h1|.x.test $U%y$D@h1", 2)]
    [InlineData("t|x.test $U@h1|t|x.test $U@h1", 2)]
    [InlineData("bücher.test $U@h1|xn--bcher-kva.test $U@h1", 2)]
    [InlineData("[IPv6:2001:0DB8:] $U@h1|[IPv6:2001:db8:] $U@h1", 2)]
    [InlineData("x.test $E$U@h1|x.test $U@h1", 0)]
    [InlineData("x.test $E$U@h1|x.test $B$U@h1", 0)]
    [InlineData("x.test $A$U@h1|x.test $A$S$U@h1", 0)]
    [InlineData("x.test $U@h1$Mtcp_local|x.test $U@h1", 0)]
    [InlineData("x.test ${T,$U}$U@h1|x.test $U@h1", 0)]
    [InlineData("x.test $U%$H@h1|x.test $U@h1", 0)]
    [InlineData(".x.test $U%$&3@h1|.x.test $U@h1", 0)]
    [InlineData("x.test $1U@h1|x.test $U@h1", 0)]
    [InlineData("x.test $U@h1|t|x.test $U@h1", 0)]
    [InlineData("x.test $?no $W|x.test $U@h1", 0)]
    public void Rule_behind_one_that_takes_all_is_never_reached(string rules, int line)
    {
        // "|" between rules; a rule may begin with a tag.
        string text = rules.Replace("|t|", "\nt|", StringComparison.Ordinal);
        if (!text.Contains('\n', StringComparison.Ordinal)) text = text.Replace("|", "\n", StringComparison.Ordinal);
        string[] findings = [.. Small(text, "l\nmta.test\n\ntcp_local smtp\nh1").Where(f => f.Contains("never reached", StringComparison.Ordinal))];
        Assert.Equal(line == 0 ? [] : [$"postern.cnf:{line}: warning: the rule is never reached: postern.cnf:{line - 1} has the same pattern and always applies before it"], findings);
    }

    [Theory]
    [InlineData("$* $U%$H@h1\nx.test $U@h1", true)]
    [InlineData("$* $U%$H.y\nx.test $U@h1", false)]
    [InlineData("$* $E$U%$H@h1\nx.test $U@h1", false)]
    [InlineData("$* $U%$H$V$H@h1\nx.test $U@h1", false)]
    public void Everything_rule_takes_every_address(string rules, bool told) =>
        Assert.Equal(told, Small(rules, "l\nmta.test\n\ntcp_local smtp\nh1").Contains("postern.cnf:1: warning: \"$*\" takes every address here, so 1 rules with other patterns are never reached"));

    [Theory]
    [InlineData("x.test $U@h1", "", true)]
    [InlineData("x.test $U@h1\ny.test $U@spare-daemon", "", false)]
    [InlineData("x.test $U@h1\ny.test $U%spare-daemon", "", false)]
    [InlineData("x.test $U@h1", "list: joe@spare-daemon\n", false)]
    [InlineData("x.test $U@${T,$U}", "", false)]
    public void Channel_that_nothing_leads_to_is_told(string rules, string aliases, bool told) => Assert.Equal(
        told,
        Small(rules, "l\nmta.test\n\ntcp_local smtp\nh1\n\nspare\nspare-daemon", aliases).Contains(
            $"postern.cnf:{rules.Count(c => c == '\n') + 9}: warning: no rule, service, switch, table or alias leads to channel \"spare\"; mail reaches it only where its host name is written out"));

    [Fact]
    public void Switch_by_TLS_to_a_channel_that_may_relay_is_told()
    {
        SiteFiles files = InitialSite.Files.With("postern.cnf", text => text
            .Replace("tcp_local smtp mx", "tcp_local smtp tlsswitchchannel tcp_tls mx", StringComparison.Ordinal) + "\ntcp_tls smtp mx\ntcp_tls-daemon\n");
        Assert.Contains(Load(files), f => f.EndsWith("\"tlsswitchchannel\" of channel \"tcp_local\" leads to \"tcp_tls\", where any client with TLS may relay", StringComparison.Ordinal));
        SiteFiles closed = files.With("mappings", text => text.Replace("tcp_local|*|tcp_local|*  ", "tcp_tls|*|tcp_local|*  $N\n  tcp_local|*|tcp_local|*  ", StringComparison.Ordinal));
        Assert.DoesNotContain(Load(closed), f => f.Contains("tlsswitchchannel", StringComparison.Ordinal));
    }

    [Fact]
    public void Switch_by_authentication_to_where_strangers_are_is_told_when_it_wins_nothing()
    {
        SiteFiles files = InitialSite.Files.With("postern.cnf", text => text.Replace("saslswitchchannel tcp_auth", "saslswitchchannel tcp_local", StringComparison.Ordinal));
        string[] findings = [.. Load(files).Where(f => f.Contains("saslswitchchannel", StringComparison.Ordinal))];
        Assert.Equal(2, findings.Length);
        Assert.All(findings, f => Assert.EndsWith("leads to \"tcp_local\", where strangers are too: users may not relay there either", f, StringComparison.Ordinal));
        SiteFiles told = files.With("mappings", text => text.Replace("tcp_local|*|tcp_local|*  ", "tcp_local|*|tcp_local|*  $:A$Y$E\n  tcp_local|*|tcp_local|*  ", StringComparison.Ordinal));
        Assert.DoesNotContain(Load(told), f => f.Contains("saslswitchchannel", StringComparison.Ordinal));
    }

    private static string[] Small(string rules, string channels, string aliases = "") => [.. Load(new SiteFiles(new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["postern.cnf"] = $"{rules}\n\n{channels}\n",
        ["mappings"] = "ORIG_SEND_ACCESS\n\nT\n\n  *  $Yh1\n",
        ["aliases"] = aliases,
    }))];

    private static IEnumerable<string> Load(SiteFiles files) =>
        ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), 1).Diagnostics.Select(d => d.ToString());
}
