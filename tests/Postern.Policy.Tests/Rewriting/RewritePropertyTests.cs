using CsCheck;
using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>What holds for all rules and addresses.</summary>
public sealed class RewritePropertyTests
{
    private const int Rounds = 2000;

    private static readonly ConfigurationSnapshot Site = RewriteExplanationTests.Load("a.test $U@h1\n");

    private static readonly Gen<string> Pattern = Gen.OneOf(
        "$*", ".", "$%", "$!", "[]", "[1.2.]", "[IPv6:2001:]", "[*.*.*.*]", "a.test", ".test", "*.test", "*.*", "*", "b.test", "t|.", "t|b.test", "t|$*",
        ".b.test", "h1", "localhost.example.com", "bücher.test");

    private static readonly Gen<string> UserField = Gen.OneOf("$U", "$0U$1U", "$\\$U$_", "$U$%x", "x$U", "$U$U", "${T,$U}", "$0A$U", "$W");

    private static readonly Gen<string> HostField = Gen.OneOf(
        "$H", "$D", "$H$D", "$1H", "$2D", "a.test", "b.test", "$H.a.test", "[$L]", "$&0.test", "$!1.$#0", "${T,$H}", "$(k)", "$H$V$H", "$D$Z$D", "x$H");

    private static readonly Gen<string> Tail = Gen.OneOf(
        "", "@h1", "@TCP-DAEMON", "@localhost.example.com", "@b.test@h1", "@$H", "@nowhere.invalid", "@h1$Tt|", "$Tt|", "@h$Mtcp_local$1~1", "@h1$Nc1", "@h1$1M",
        "@h1$?text", "@${T,$H}", "$E", "$F$R", "$A", "$P$X");

    private static readonly Gen<string> Template = Gen.Select(UserField, Gen.OneOf("%", "@"), HostField, Tail, (u, s, h, t) => u + s + h + t);

    private static readonly Gen<string> Rules = Gen.Select(Pattern, Template, (p, t) => $"{p} {t}").Array[0, 8].Select(lines => string.Join('\n', lines) + "\n");

    private static readonly Gen<string> Host = Gen.OneOf(
        "a.test", "B.test", "x.b.test", "h1", "localhost.example.com", "[1.2.3.4]", "[IPv6:2001:db8::1]", "[x:y]", "nowhere", "bücher.test", "a.b.c.d.e.f.g.test");

    private static readonly Gen<string> Local = Gen.OneOf(
        "u", "u+x", "u%a.test", "u%%a.test", "a.test!u", "u%b.test%localhost.example.com", "\"u@a.test\"", "\"@a.test:u@b.test\"", "\"\\\"u%h1\\\"@localhost.example.com\"",
        "\"\"", "$U", "a$H${T}x", "\"a b\"", "U");

    private static readonly Gen<string> Address = Gen.Select(
        Gen.OneOf("", "@a.test:", "@localhost.example.com,@h1:"), Local, Gen.OneOf(Host.Select(h => $"@{h}"), Gen.Const("")), (r, l, h) => r + l + h);

    private static readonly Gen<RewriteContext> Context = Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, (envelope, forward, reprocessing) =>
        new RewriteContext(new ChannelName("tcp_local"), envelope, forward, envelope ? null : new ChannelName("c1"), reprocessing));

    [Fact]
    public void Rewriting_ends_without_an_exception_and_can_tell_what_it_did() =>
        Gen.Select(Rules, Address, Context).Sample(
            (rules, address, context) =>
            {
                RewriteResult result = Rewriter(rules).Rewrite(RewriteExplanationTests.Parse(address), context);
                Assert.NotEmpty(result.Steps);
                return result is RewriteResult.Success or RewriteResult.Failure { Text.Length: > 0 };
            },
            iter: Rounds);

    [Fact]
    public void Letters_of_a_domain_do_not_matter() =>
        Gen.Select(Rules, Host.Where(h => h[0] != '['), Context).Sample(
            (rules, host, context) =>
            {
                Rewriter rewriter = Rewriter(rules);
                Assert.Equal(
                    Outcome(rewriter.Rewrite(RewriteExplanationTests.Parse($"u@{host.ToLowerInvariant()}"), context)),
                    Outcome(rewriter.Rewrite(RewriteExplanationTests.Parse($"u@{host.ToUpperInvariant()}"), context)));
            },
            iter: Rounds);

    [Fact]
    public void Rules_with_the_plain_user_leave_a_plain_local_part_alone() =>
        Gen.Select(
            Gen.Select(Pattern, Gen.OneOf("%", "@"), HostField, Tail, (p, s, h, t) => $"{p} $U{s}{h}{t}").Array[0, 8].Select(lines => string.Join('\n', lines) + "\n"),
            Gen.Char["abcXYZ019+-_."].Array[1, 20].Select(c => $"u{new string(c).Replace(".", "")}"),
            Host,
            Context).Sample(
            (rules, local, host, context) =>
            {
                RewriteResult result = Rewriter(rules).Rewrite(RewriteExplanationTests.Parse($"{local}@{host}"), context);
                return result is not RewriteResult.Success success || success.Address.Local.Value == local;
            },
            iter: Rounds);

    [Fact]
    public void Any_text_is_a_rule_or_a_diagnostic() =>
        Gen.Char["$%@UHDLMNQCTVZEBFRSAPXW?~1234&!*#{}()[]., |aT\\^_=\""].Array[0, 24].Select(c => new string(c)).Sample(
            text =>
            {
                List<Diagnostic> diagnostics = [];
                RewriteRules rules = RewriteRules.Load([new LogicalLine(new SourcePosition("postern.cnf", 1), $"a.test {text}")], diagnostics);
                return rules.All.Length == 1 ? !diagnostics.Exists(d => d.IsError) : diagnostics.Exists(d => d.IsError);
            },
            iter: 10 * Rounds);

    /// <summary>What is no sound rule is left out, as it would be on the way to its error.</summary>
    private static Rewriter Rewriter(string rules) => new(
        Site with { Rules = RewriteRules.Load([.. rules.Split('\n').Select((text, i) => new LogicalLine(new SourcePosition("postern.cnf", i + 1), text))], []) },
        () => 0.5);

    private static string Outcome(RewriteResult result) => result switch
    {
        RewriteResult.Success s => $"{s.Address.ToString().ToUpperInvariant()} {s.Channel.Name} {s.Host.ToUpperInvariant()}",
        RewriteResult.Failure f => $"{f.Status} {f.Text.ToUpperInvariant()}",
        _ => "",
    };
}
