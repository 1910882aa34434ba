using Postern.Mapping.Tables;
using Postern.Mapping.Tests.Conformance;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Tables;

public sealed class UseReviewTests
{
    [Fact]
    public void Table_that_no_one_consults_and_flag_that_no_one_reads_are_warnings()
    {
        const string Text = """
            ACCESS

              a|*  $C$|inner;$0|$Y$E
              b|*  $N$Q$Zno$q
              c|*  $K$,x

            INNER

              *  $C$|deepest;$0|$Q$Y

            DEEPEST

              *  $Y

            LONELY

              *  $C$|ALSO_LONELY;$0|$Y

            ALSO_LONELY

              *  $Y
            """;

        Assert.Equal(
            [
                "mappings:4: warning: entry \"b|*\": \"$Q\" has no meaning in table \"ACCESS\"",
                "mappings:5: warning: entry \"c|*\": \"$K\" does nothing in this release in table \"ACCESS\"",
                "mappings:5: warning: entry \"c|*\": \"$,\" has no meaning in table \"ACCESS\"",
                "mappings:15: warning: table \"LONELY\" is never consulted",
                "mappings:19: warning: table \"ALSO_LONELY\" is never consulted",
            ],
            Review(Text));
    }

    [Fact]
    public void Any_table_may_be_consulted_when_a_name_is_computed()
    {
        Assert.Empty(Review("ACCESS\n\n  *|*  $C$|$0_LIST;$1|$Y\n\nA_LIST\n\n  *  $Y\n"));
    }

    [Theory]
    [InlineData("${k}", "$|LONELY;x|", 0)]
    [InlineData("${k}", "plain", 1)]
    [InlineData("$[echo,$$|LONELY;x|]", "", 0)]
    [InlineData("$[echo,$0]", "", 1)]
    public void Any_table_may_be_consulted_when_answered_text_can_name_it(string template, string text, int findings)
    {
        Assert.Equal(findings, Review($"ACCESS\n\n  *  {template}\n\nLONELY\n\n  *  $Y\n", text).Count());
    }

    [Fact]
    public void No_table_is_unused_where_the_server_computes_names()
    {
        Assert.Empty(Review("LONELY\n\n  *  $Y\n", anyTable: true));
    }

    private static IEnumerable<string> Review(string text, string general = "", bool anyTable = false)
    {
        MappingOptions options = MappingOptions.Default with { Routines = ["echo"] };
        options = options with { GeneralText = options.GeneralText.Add("k", general) };
        MappingSet set = MappingSet.Load(new MemoryFiles("mappings", text), "mappings", options, []);
        List<Diagnostic> diagnostics = [];
        set.Review([new TableUse("access", "ny", "k"), new TableUse("NOT_THERE", "N"), new TableUse("ACCESS", "z")], anyTable, diagnostics);
        return diagnostics.Select(d => d.ToString());
    }
}
