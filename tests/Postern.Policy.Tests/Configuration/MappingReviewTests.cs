using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

/// <summary>Warnings about tables that nobody asks and answers that nobody can use; none about a sound configuration.</summary>
public sealed class MappingReviewTests
{
    private static readonly SiteFiles Sample = SiteFiles.Read("access/site");

    [Fact]
    public void Sample_configuration_has_no_finding() => Assert.Empty(Findings(Sample));

    [Fact]
    public void Tables_and_answers_that_have_no_use_are_told_with_their_line() => Assert.Equal(
        [
            """mappings:11: warning: entry "*|a@*|*|*": no flag is set, so it permits and the text "Relaying not permitted" is not used""",
            """mappings:12: warning: entry "*|b@*|*|*": $D "Slow down" is no number""",
            """mappings:13: warning: entry "*|c@*|*|*": $X "6.1" is no rejection status""",
            """mappings:14: warning: entry "*|d@*|*|*": $A "seen" is no header line""",
            """mappings:15: warning: entry "*|e@*|*|*": "$W" has no meaning in table "ORIG_SEND_ACCESS" """.TrimEnd(),
            """mappings:16: warning: entry "*|f@*|*|*": "$T" does nothing in this release in table "ORIG_SEND_ACCESS" """.TrimEnd(),
            """mappings:21: warning: entry "TCP|*|25|$(192.0.2.0/24)|*": "$D" has no meaning in table "PORT_ACCESS" """.TrimEnd(),
            """mappings:26: warning: entry "TCP|*|*|*|*|*|MAIL|tcp_auth|*|*": $J "root at home" is no address""",
            """mappings:28: warning: table "BACKWARD" is never consulted""",
            """mappings:32: warning: table "NOBODY" is never consulted""",
        ],
        Findings(Site("""
            INTERNAL_IP

              $(10.0.0.0/8)  $Y
              *              $N

            ORIG_SEND_ACCESS

              tcp_local|*|tcp_local|*  $NRelaying$ not$ permitted
              tcp_*|*|ims-ms|*         $N
              *|ok@*|*|*               $C$|LISTED;$0|$Y$E
              *|a@*|*|*                Relaying$ not$ permitted
              *|b@*|*|*                $N$DSlow$ down
              *|c@*|*|*                $N$X6.1|No
              *|d@*|*|*                $Aseen
              *|e@*|*|*                $WNo
              *|f@*|*|*                $T1
              *|g@*|*|*                $D-50|$AX-Seen:$ yes|$X4.7.1|$N

            PORT_ACCESS

              TCP|*|25|$(192.0.2.0/24)|*  $N$D30|421$ Later
              *                           $YEXTERNAL

            FROM_ACCESS

              TCP|*|*|*|*|*|MAIL|tcp_auth|*|*  $Jroot$ at$ home

            BACKWARD

              *  $Y

            NOBODY

              *  $C$|LISTED;$0|$Y$E

            LISTED

              *  $Y

            """)));

    [Fact]
    public void Table_that_a_rewrite_rule_asks_is_consulted_and_may_ask_others() => Assert.Equal(
        ["""mappings:3: warning: entry "a*": "$A" has no meaning in table "HOSTS" """.TrimEnd()],
        Findings(Site(With("HOSTS\n\n  a*  $Y$A\n  *  $C$|MORE;$0|$Y$E\n\nMORE\n\n  *  $N\n")).With("postern.cnf", rules => $".a.example $U%$H.a.example@${{hosts,$H}}\n{rules}")));

    [Theory]
    [InlineData("HOSTS\n\n  *  $Y$$$${LONELY,x}\n")]
    [InlineData("HOSTS\n\n  *  $Y$$${$0,x}\n")]
    public void Answer_that_asks_a_table_by_a_computed_name_may_ask_any(string table) => Assert.Empty(
        Findings(Site(With(table + "\nLONELY\n\n  *  $Y\n")).With("postern.cnf", rules => $".a.example $U%$H.a.example@${{HOSTS,$H}}\n{rules}")));

    [Theory]
    [InlineData("k ${LONELY,x}\n", 0)]
    [InlineData("k plain\n", 1)]
    public void General_text_of_a_rule_may_ask_any_table(string text, int findings) => Assert.Equal(
        findings,
        Findings(Site(With("LONELY\n\n  *  $Y\n")).With("texts", _ => text).With("option.dat", old => $"{old}GENERAL_TEXT=texts\n")
            .With("postern.cnf", rules => $".a.example $U%$H.a.example@$(k)\n{rules}")).Length);

    [Fact]
    public void Refusal_without_a_text_has_the_default_text_and_is_no_finding() =>
        Assert.Empty(Findings(Site(With("SEND_ACCESS\n\n  tcp_local|*|l|*  $N\n  *|*|l|*  $F\n  *  $D100\n"))));

    [Fact]
    public void Broken_rule_keeps_its_table_from_being_called_unused() => Assert.DoesNotContain(
        "never consulted",
        string.Join('\n', Findings(Site(With("HOSTS\n\n  *  $Y\n")).With("postern.cnf", rules => $".a.example $U%$H@${{HOSTS,$H\n{rules}"))),
        StringComparison.Ordinal);

    private static SiteFiles Site(string mappings) => Sample.With("mappings", _ => mappings);

    private static string With(string table) => $"{table}\n{Sample.Read("mappings", out _)}";

    private static string[] Findings(SiteFiles files) =>
        [.. ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1).Diagnostics.Where(d => d.File == ConfigurationLoader.MappingsFile).Select(d => d.ToString())];
}
