using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>Rules that ask the world outside: the question is a value, the answer comes with the next try, and no answer is never a "no".</summary>
public sealed class RewriteCalloutTests
{
    private static readonly RewriteContext Recipient = new(new ChannelName("tcp_local"), Envelope: true, Forward: true);

    [Fact]
    public void Directory_is_asked_first_and_answered_then()
    {
        Rewriter rewriter = Rewriting(". $U%$H@$]ldap:///dc=test?mailHost?sub?(mail=$=$U$H)[");
        RewriteResult.Failure asked = Assert.IsType<RewriteResult.Failure>(Rewrite(rewriter, "u@a.test", CalloutAnswers.Empty));
        Assert.Equal(new Callout(CalloutKind.Url, "", "ldap:///dc=test?mailHost?sub?(mail=ua.test)"), asked.Pending);
        Assert.Equal(("4.3.0", true), (asked.Status.ToString(), asked.IsTransient));
        RewriteResult answered = Rewrite(rewriter, "u@a.test", CalloutAnswers.Empty.With(asked.Pending!, new CalloutAnswer.Success("h1")));
        Assert.Equal("c1", Assert.IsType<RewriteResult.Success>(answered).Channel.Name.ToString());
    }

    [Fact]
    public void Value_of_the_directory_is_text()
    {
        Rewriter rewriter = Rewriting("a.test $]ldap:///x[%$D@h1");
        Callout callout = new(CalloutKind.Url, "", "ldap:///x");
        RewriteResult result = Rewrite(rewriter, "u@a.test", CalloutAnswers.Empty.With(callout, new CalloutAnswer.Success("v@h2%$U")));
        Assert.Equal("\"v@h2%$U\"@a.test", Assert.IsType<RewriteResult.Success>(result).Address.ToString());
    }

    [Theory]
    [InlineData("a.test $U%$D@$]ldap:///x[", "5.1.2", true)]
    [InlineData("a.test $U%$D@$]ldap:///x[", "4.3.0", false)]
    [InlineData("a.test $.h1.$U%$D@$]ldap:///x[", "c1", false)]
    [InlineData("a.test $.h1.$U%$D@$]ldap:///x[", "5.1.2", true)]
    public void No_value_fails_the_rule_and_no_answer_fails_for_now(string rule, string expected, bool no)
    {
        CalloutAnswer answer = no ? new CalloutAnswer.Failure() : new CalloutAnswer.Unavailable();
        RewriteResult result = Rewrite(Rewriting(rule), "u@a.test", CalloutAnswers.Empty.With(new Callout(CalloutKind.Url, "", "ldap:///x"), answer));
        Assert.Equal(expected, result is RewriteResult.Success success ? success.Channel.Name.ToString() : ((RewriteResult.Failure)result).Status.ToString());
        Assert.Null((result as RewriteResult.Failure)?.Pending);
    }

    [Theory]
    [InlineData("a.test $U%$D@$[where,$U]", "where")]
    [InlineData("a.test $U%$D@$[lib,WHERE,$U]", "where")]
    public void Routine_answers_template_text(string rule, string name)
    {
        Rewriter rewriter = Rewriting(rule);
        RewriteResult.Failure asked = Assert.IsType<RewriteResult.Failure>(Rewrite(rewriter, "a%b@a.test", CalloutAnswers.Empty));
        Assert.Equal(new Callout(CalloutKind.Routine, name, "a$%b"), asked.Pending);
        Assert.Equal("c1", Success("h1$E"));
        Assert.Equal("c2", Success("$(key)"));

        string Success(string answer) =>
            Assert.IsType<RewriteResult.Success>(Rewrite(rewriter, "a%b@a.test", CalloutAnswers.Empty.With(asked.Pending!, new CalloutAnswer.Success(answer)))).Channel.Name.ToString();
    }

    [Fact]
    public void Pending_table_is_told_with_its_callout_and_no_later_rule_answers()
    {
        Rewriter rewriter = Rewriting("a.test $U%$D${ASKS,$D}@h1\na.test $U%$D@h2");
        RewriteResult.Failure asked = Assert.IsType<RewriteResult.Failure>(Rewrite(rewriter, "u@a.test", CalloutAnswers.Empty));
        Assert.Equal(CalloutKind.Url, asked.Pending?.Kind);
        RewriteResult yes = Rewrite(rewriter, "u@a.test", CalloutAnswers.Empty.With(asked.Pending!, new CalloutAnswer.Success("")));
        Assert.Equal("c1", Assert.IsType<RewriteResult.Success>(yes).Channel.Name.ToString());
        RewriteResult no = Rewrite(rewriter, "u@a.test", CalloutAnswers.Empty.With(asked.Pending!, new CalloutAnswer.Failure()));
        Assert.Equal("c2", Assert.IsType<RewriteResult.Success>(no).Channel.Name.ToString());
    }

    private static RewriteResult Rewrite(Rewriter rewriter, string address, CalloutAnswers answers) =>
        rewriter.Rewrite(RewriteExplanationTests.Parse(address), Recipient, answers);

    private static Rewriter Rewriting(string rules)
    {
        MappingOptions options = MappingOptions.Default with
        {
            Routines = ["where"],
            GeneralText = MappingOptions.Default.GeneralText.Add("key", "h2"),
        };
        List<Diagnostic> diagnostics = [];
        SiteFiles files = new(new Dictionary<string, string>(StringComparer.Ordinal) { ["mappings"] = "ASKS\n\n  *  $Y$]ldap:///y[\n" });
        ConfigurationSnapshot snapshot = RewriteExplanationTests.Load("x.test $U@h1\n", "\nc2\nh2\n") with
        {
            Rules = RewriteRules.Load([.. rules.Split('\n').Select((text, i) => new LogicalLine(new SourcePosition("postern.cnf", i + 1), text))], diagnostics, options),
            Mappings = MappingSet.Load(files, "mappings", options, diagnostics),
        };
        Assert.Empty(diagnostics);
        return new Rewriter(snapshot, () => 0.5);
    }
}
