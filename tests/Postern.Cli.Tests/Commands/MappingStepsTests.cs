using System.Text.Json;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary><c>postern test mapping</c> tells every step, word for word.</summary>
public sealed class MappingStepsTests : IClassFixture<ConfiguredSite>
{
    private const string Tables = """
        ORIG_SEND_ACCESS

          tcp_*|*|tcp_*|*  $NNo$ relaying

        NETWORKS

          $(10.0.0.0/8)  $Y
          *              $N

        WALK

          b*       $Ydone$0
          a*       $Rb$0
          net|*    $C$|NETWORKS;$0|$Yin$E
          night|*  $:N$Nclosed
          q        $Lz
          grow*    $Rgrowx$0
          z        $C$N$D30|slow
          see|*    $]ldap:///$0?mail?sub[

        """;

    private readonly PosternSite _site;

    public MappingStepsTests(ConfiguredSite configured)
    {
        _site = configured.Site;
        _site.Write("mappings", Tables);
    }

    [Fact]
    public Task Restart_is_told_with_its_pass() => TellsAsync(0, ["ax"], """
        table       WALK  (mappings:10)
        input       ax
        skipped     1 entry that does not match
        match       mappings:13  a*  $Rb$0
                      $0 = x
                      output "bx"; $R: again from the top
        pass 2      bx
        match       mappings:12  b*  $Ydone$0
                      $0 = x
                      output "donex", flags Y; the mapping ends
        entry       mappings:12  b*  $Ydone$0
                    $0 = x
        output      donex
        flags       Y
        passes      2
        """);

    [Fact]
    public Task Called_table_is_indented_and_its_no_goes_on_behind_a_continue() => TellsAsync(1, ["net|192.0.2.1"], """
        table       WALK  (mappings:10)
        input       net|192.0.2.1
        skipped     2 entries that do not match
        match       mappings:14  net|*  $C$|NETWORKS;$0|$Yin$E
                      $0 = 192.0.2.1
        calls         NETWORKS  192.0.2.1
        skipped       1 entry that does not match
        match         mappings:8  *  $N
                        $0 = 192.0.2.1
                        output "", flags N; the mapping ends
                      fails: table "NETWORKS" sets no "$Y" for "192.0.2.1"; $C: on with the next entry
        skipped     5 entries that do not match
        entry       none matches
        """);

    [Fact]
    public Task Loop_and_continue_are_told() => TellsAsync(0, ["q"], """
        table       WALK  (mappings:10)
        input       q
        skipped     4 entries that do not match
        match       mappings:16  q  $Lz
                      output "z"; $L: on with the next entry, and once more from the top
        skipped     1 entry that does not match
        match       mappings:18  z  $C$N$D30|slow
                      output "30|slow", flags ND; $C: on with the next entry
        skipped     1 entry that does not match
        entry       mappings:18  z  $C$N$D30|slow
        output      30|slow
        flags       ND
        passes      1
        """);

    [Fact]
    public Task Failure_without_a_continue_ends_and_leaves_the_text() => TellsAsync(0, ["night|x", "--flags", "AT"], """
        table       WALK  (mappings:10)
        input       night|x
        skipped     3 entries that do not match
        match       mappings:15  night|*  $:N$Nclosed
                      $0 = x
                      fails: input flag "N" is clear; the mapping ends
        entry       mappings:15  night|*  $:N$Nclosed
                    $0 = x
        output      night|x
        flags
        passes      1
        """);

    [Fact]
    public Task Every_entry_is_told_with_why_it_does_not_match() => TellsAsync(0, ["z", "--every-entry"], """
        table       WALK  (mappings:10)
        input       z
        no match    mappings:12  b*  $Ydone$0
                      the text does not begin with "b"
        no match    mappings:13  a*  $Rb$0
                      the text does not begin with "a"
        no match    mappings:14  net|*  $C$|NETWORKS;$0|$Yin$E
                      the text does not begin with "net|"
        no match    mappings:15  night|*  $:N$Nclosed
                      the text does not begin with "night|"
        no match    mappings:16  q  $Lz
                      the text does not begin with "q"
        no match    mappings:17  grow*  $Rgrowx$0
                      the text does not begin with "grow"
        match       mappings:18  z  $C$N$D30|slow
                      output "30|slow", flags ND; $C: on with the next entry
        no match    mappings:19  see|*  $]ldap:///$0?mail?sub[
                      the text does not begin with "see|"
        entry       mappings:18  z  $C$N$D30|slow
        output      30|slow
        flags       ND
        passes      1
        """);

    [Fact]
    public Task Question_that_nobody_answers_here_is_told() => TellsAsync(3, ["see|joe"], """
        table       WALK  (mappings:10)
        input       see|joe
        skipped     7 entries that do not match
        match       mappings:19  see|*  $]ldap:///$0?mail?sub[
                      $0 = joe
        callout     ldap:///joe?mail?sub => needed
        error       needs the answer of a callout: ldap:///joe?mail?sub
        """);

    [Fact]
    public async Task Refused_pass_is_told()
    {
        ProgramResult told = (await MapAsync(["grow"])).Exits(0);
        Assert.Contains("pass 11     growxxxxxxxxxx\n", told.Output, StringComparison.Ordinal);
        Assert.EndsWith("""
                          output "growxxxxxxxxxxx"; $R: again from the top
                          refused: too many passes did not make the text shorter; the mapping ends
            entry       mappings:17  grow*  $Rgrowx$0
                        $0 = xxxxxxxxxx
            output      growxxxxxxxxxxx
            flags
            passes      11

            """, told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_same_steps()
    {
        JsonElement told = (await MapAsync(["net|10.1.1.1", "--json"])).Exits(0).Json;
        Assert.Equal(
            [
                """{"step":"skipped","entries":2,"depth":0}""",
                """{"step":"match","table":"WALK","file":"mappings","line":14,"pattern":"net|*","template":"$C$|NETWORKS;$0|$Yin$E","input":"net|10.1.1.1","captures":["10.1.1.1"],"depth":0}""",
                """{"step":"call","table":"NETWORKS","input":"10.1.1.1","depth":1}""",
                """{"step":"match","table":"NETWORKS","file":"mappings","line":7,"pattern":"$(10.0.0.0/8)","template":"$Y","input":"10.1.1.1","captures":["10.1.1.1"],"depth":1}""",
                """{"step":"output","output":"","flags":"Y","next":"end","depth":1}""",
                """{"step":"output","output":"in","flags":"Y","next":"end","depth":0}""",
            ],
            Steps(told));
        Assert.Empty(told.GetProperty("callouts").EnumerateArray());
    }

    [Fact]
    public async Task Json_tells_every_entry_failures_passes_and_questions()
    {
        Assert.Equal(
            [
                """{"step":"no_match","table":"WALK","file":"mappings","line":12,"pattern":"b*","template":"$Ydone$0","why":"the text does not begin with \"b\"","depth":0}""",
                """{"step":"match","table":"WALK","file":"mappings","line":13,"pattern":"a*","template":"$Rb$0","input":"ax","captures":["x"],"depth":0}""",
                """{"step":"output","output":"bx","flags":"","next":"restart","depth":0}""",
                """{"step":"pass","pass":2,"input":"bx","depth":0}""",
            ],
            Steps((await MapAsync(["ax", "--json", "--every-entry"])).Exits(0).Json).Take(4));
        Assert.Equal(
            """{"step":"failed","why":"input flag \"N\" is clear","next":"end","depth":0}""",
            Steps((await MapAsync(["night|x", "--json"])).Exits(0).Json).Last());
        Assert.Equal("""{"step":"pass_refused","input":"growxxxxxxxxxxx","depth":0}""", Steps((await MapAsync(["grow", "--json"])).Exits(0).Json).Last());
        Assert.Equal(
            """[{"callout":"url","name":"","argument":"ldap:///joe?mail?sub","outcome":"needed","text":""}]""",
            Compact((await MapAsync(["see|joe", "--json"])).Exits(3).Json.GetProperty("callouts")));
    }

    private async Task TellsAsync(int code, string[] arguments, string wanted)
    {
        ProgramResult told = (await MapAsync(arguments)).Exits(code);
        Assert.Equal($"{wanted}\n", told.Output);
    }

    private Task<ProgramResult> MapAsync(string[] arguments) => _site.RunAsync(["test", "mapping", "WALK", .. arguments]);

    private static IEnumerable<string> Steps(JsonElement told) => told.GetProperty("steps").EnumerateArray().Select(Compact);

    // As written, but without the line breaks and indentation between the tokens.
    private static string Compact(JsonElement element) => string.Concat(element.GetRawText().Split('\n').Select(l => l.Trim())).Replace("\": ", "\":", StringComparison.Ordinal);
}
