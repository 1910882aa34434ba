using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Mapping.Tests.Conformance;

namespace Postern.Mapping.Tests.Evaluation;

public sealed class PlainFlagsTests
{
    private static readonly MappingSet Set = MappingSet.Load(
        new MemoryFiles("mappings", """
            T

              plain*      $N$D30|no$ $\$0$ay
              last*       $E$Y
              end*        $Y$+1E$N
              go*         $C$N
              again*      $Rplain
              asks*       $:A$N
              calls*      $|T;plain|$N
              text*       ${k}$N
              back*|$0*   $Y
              long*       $N%LONG%
            """.Replace("%LONG%", string.Concat(Enumerable.Repeat("$0", 1000)), StringComparison.Ordinal)),
        "mappings",
        MappingOptions.Default,
        []);

    [Theory]
    [InlineData("plainX", "NDA")]
    [InlineData("last", "Y")]
    [InlineData("end", "Y")]
    [InlineData("back1|1", "Y")]
    [InlineData("none", "")]
    [InlineData("longer", "N")]
    public void Flags_are_those_of_the_whole_evaluation(string probe, string flags)
    {
        Assert.True(MappingEvaluator.TryFlags(Set.Find("T")!, probe, out OutputFlags found, out RuleHit? hit));
        Assert.Equal(flags, found.ToString());

        MappingResult whole = MappingEvaluator.Map(Set.Find("T")!, probe, new MappingContext(Set, InputFlags.None, CalloutAnswers.Empty, () => 0.5));
        Assert.Equal(flags, whole is MappingResult.Match match ? match.Flags.ToString() : "");
        Assert.Equal(hit, (whole as MappingResult.Match)?.Hit);
    }

    [Theory]
    [InlineData("go")]
    [InlineData("again")]
    [InlineData("asks")]
    [InlineData("calls")]
    [InlineData("text")]
    public void Entry_that_can_fail_or_go_on_needs_the_whole_evaluation(string probe)
    {
        Assert.False(MappingEvaluator.TryFlags(Set.Find("T")!, probe, out _, out _));
    }

    [Fact]
    public void Output_that_may_be_too_long_needs_the_whole_evaluation()
    {
        Assert.False(MappingEvaluator.TryFlags(Set.Find("T")!, "long" + new string('x', 100), out _, out _));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        MappingTable table = Set.Find("T")!;
        MappingEvaluator.TryFlags(table, "plainX", out _, out _);

        long before = GC.GetAllocatedBytesForCurrentThread();
        bool answered = MappingEvaluator.TryFlags(table, "plainX", out OutputFlags flags, out _);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(answered && flags.Has('N'));
        Assert.Equal(0, allocated);
    }
}
