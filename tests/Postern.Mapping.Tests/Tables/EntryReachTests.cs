using Postern.Mapping.Tables;
using Postern.Mapping.Tests.Conformance;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Tables;

/// <summary>Warnings about entries that can never decide anything; and none about those that can.</summary>
public sealed class EntryReachTests
{
    [Theory]
    [InlineData("a $N;a $Y", "4: entry \"a\" never matches: entry \"a\" at mappings:3 takes all it could match")]
    [InlineData("A* $N;$_a$* $Y;a* $Y", "5: entry \"a*\" never matches: entry \"A*\" at mappings:3 takes all it could match")]
    [InlineData("* $N;tcp_local|* $Y", "4: entry \"tcp_local|*\" never matches: entry \"*\" at mappings:3 takes all it could match")]
    [InlineData("*@* $N;a@%* $Y", "4: entry \"a@%*\" never matches: entry \"*@*\" at mappings:3 takes all it could match")]
    [InlineData("$(10.0.0.0/8) $Y;10.1.2.3 $N;$(10.9.0.0/16) $N;11.1.2.3 $N", "4: entry \"10.1.2.3\" never matches: entry \"$(10.0.0.0/8)\" at mappings:3 takes all it could match",
        "5: entry \"$(10.9.0.0/16)\" never matches: entry \"$(10.0.0.0/8)\" at mappings:3 takes all it could match")]
    // No single entry above takes it all, but the two of them do.
    [InlineData("$D* $N;$A* $N;$[a1]% $Y", "5: entry \"$[a1]%\" never matches: the entries above take all it could match")]
    [InlineData("$(10.0.0.0/9) $N;$(10.128.0.0/9) $N;$(10.0.0.0/8) $Y", "5: entry \"$(10.0.0.0/8)\" never matches: the entries above take all it could match")]
    [InlineData("$(10.0.0.0/8)1 $N", "3: entry \"$(10.0.0.0/8)1\" never matches: there is no such text")]
    // A condition that fails without "$C" ends the mapping all the same.
    [InlineData("a $:A$N;a $Y", "4: entry \"a\" never matches: entry \"a\" at mappings:3 takes all it could match")]
    // With it, the search goes on.
    [InlineData("a $C$:A$N$E;a $Y")]
    [InlineData("a $C$N;a $Y")]
    [InlineData("a $Cb;b x")]
    // The entry with "$C" makes a text that "b*" above never saw.
    [InlineData("b* one;a* $Cb$0;b* two")]
    [InlineData("a* $Cb$0;b* two;bx $N", "5: entry \"bx\" never matches: entry \"b*\" at mappings:4 takes all it could match")]
    // A failing "$C" entry leaves the text alone, and a successful one ends.
    [InlineData("b* one;a* $C$:A$N$E;b* two", "5: entry \"b*\" never matches: entry \"b*\" at mappings:3 takes all it could match")]
    // Answered text may hold a "$C".
    [InlineData("a $[echo,x];a $Y")]
    // What only may match takes nothing away.
    [InlineData("*|$0* $N;a|a $Y")]
    [InlineData("${::/0} $N;::1 $Y")]
    [InlineData("a* $N;* $Y;")]
    [InlineData("%* $N;* $Y;")]
    public void Entry_that_never_decides_is_a_warning(string entries, params string[] wanted)
    {
        Assert.Equal(wanted, Findings(entries.Split(';', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void Large_table_is_checked_for_equal_patterns_and_for_a_star_above()
    {
        string[] many = [.. Enumerable.Range(0, 1000).Select(i => $"*@domain{i}|* $Y")];

        Assert.Equal(["1003: entry \"*@DOMAIN7|*\" never matches: entry \"*@domain7|*\" at mappings:10 takes all it could match"], Findings([.. many, "*@DOMAIN7|* $N"]));
        Assert.Equal(["1004: entry \"x\" never matches: entry \"*\" at mappings:1003 takes all it could match"], Findings([.. many, "* $N", "x $N"]));
        Assert.Empty(Findings([.. many, "* $C$N", "x $N"]));
    }

    private static string[] Findings(string[] entries)
    {
        List<Diagnostic> diagnostics = [];
        string text = "T\n\n" + string.Concat(entries.Select(e => $"  {e}\n"));
        MappingOptions options = MappingOptions.Default with { Routines = ["echo"] };
        MappingSet.Load(new MemoryFiles("mappings", text), "mappings", options, diagnostics);
        return [.. diagnostics.Where(d => d.Text.Contains("never matches", StringComparison.Ordinal)).Select(d => $"{d.Line}: {d.Text}")];
    }
}
