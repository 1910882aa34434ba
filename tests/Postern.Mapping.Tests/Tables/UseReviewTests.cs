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
              b|*  $N$Q$Zno

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
                "mappings:14: warning: table \"LONELY\" is never consulted",
                "mappings:18: warning: table \"ALSO_LONELY\" is never consulted",
            ],
            Review(Text));
    }

    [Fact]
    public void Any_table_may_be_consulted_when_a_name_is_computed()
    {
        Assert.Empty(Review("ACCESS\n\n  *|*  $C$|$0_LIST;$1|$Y\n\nA_LIST\n\n  *  $Y\n"));
    }

    private static IEnumerable<string> Review(string text)
    {
        MappingSet set = MappingSet.Load(new MemoryFiles("mappings", text), "mappings", MappingOptions.Default, []);
        List<Diagnostic> diagnostics = [];
        set.Review([new TableUse("access", "nyz"), new TableUse("NOT_THERE", "N")], diagnostics);
        return diagnostics.Select(d => d.ToString());
    }
}
