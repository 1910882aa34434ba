using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Smtp.Replies;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>Flags and the arguments they take, in the order of the manual's table, whatever the order of writing.</summary>
public sealed class AccessAnswerTests
{
    [Theory]
    [InlineData("30|Text", "DN")]
    [InlineData("30|Text", "ND")]
    public void Text_comes_last(string output, string flags)
    {
        AccessAnswer answer = Read(output, flags);
        Assert.Equal(("Text", TimeSpan.FromMilliseconds(300), true), (answer.Text, answer.Delay, answer.DelayLater));
    }

    [Fact]
    public void Every_flag_takes_its_own_argument()
    {
        AccessAnswer answer = Read("9|j@x|K@x|matched|rejected|-50|tag|X-A: b|t1,t2|10|4.7.2|-1.5|No|bars|too", "N,XSGATD><KJU");
        Assert.Equal("j@x", answer.Sender);
        Assert.Equal("K@x", answer.HeaderSender);
        Assert.Equal("matched; rejected", answer.LogText);
        Assert.Equal((TimeSpan.FromMilliseconds(500), false), (answer.Delay, answer.DelayLater));
        Assert.Equal("X-A: b", answer.Header);
        Assert.Equal("t1,t2", answer.Tags);
        Assert.Equal(new EnhancedCode(4, 7, 2), answer.Status);
        Assert.Equal(-1.5, answer.ScoreAdjustment);
        Assert.Equal("No|bars|too", answer.Text);
        Assert.Equal(Verdict.Defer, answer.RefusalVerdict);
        Assert.Null(answer.Doubt);
    }

    [Theory]
    [InlineData("B", true, false, false)]
    [InlineData("V", true, true, false)]
    [InlineData("Z", true, true, false)]
    [InlineData("H", false, false, true)]
    [InlineData("Y", false, false, false)]
    public void What_becomes_of_accepted_mail(string flags, bool discards, bool all, bool holds)
    {
        AccessAnswer answer = Read("", flags);
        Assert.Equal((false, discards, all, holds), (answer.Rejects, answer.Discards, answer.DiscardsAll, answer.Holds));
    }

    [Theory]
    [InlineData("YN")]
    [InlineData("NB")]
    [InlineData("HF")]
    public void Rejection_wins(string flags) => Assert.True(Read("", flags).Rejects);

    [Theory]
    [InlineData("soon|No", "DN", "$D \"soon\" is no number")]
    [InlineData("6.0.0|No", "XN", "$X \"6.0.0\" is no rejection status")]
    [InlineData("much|No", ",N", "$, \"much\" is no number")]
    public void Argument_that_cannot_be_read_is_told_and_changes_nothing_else(string output, string flags, string doubt)
    {
        AccessAnswer answer = Read(output, flags);
        Assert.Equal((true, "No", TimeSpan.Zero, doubt), (answer.Rejects, answer.Text, answer.Delay, answer.Doubt));
    }

    [Fact]
    public void Delay_has_a_bound() => Assert.Equal(AccessAnswerReader.LongestDelay, Read("9999999|", "DN").Delay);

    [Fact]
    public void Text_of_rejection_is_not_logged_where_the_entry_lets_pass() => Assert.Null(Read("why", ">").LogText);

    [Fact]
    public void Log_argument_of_PORT_ACCESS_stands_behind_the_text()
    {
        AccessAnswer answer = AccessAnswerReader.ReadOfConnection("seen|421 Later|record", Flags("T<N"));
        Assert.Equal(("seen", "421 Later"), (answer.LogText, answer.Text));
    }

    private static AccessAnswer Read(string output, string flags) => AccessAnswerReader.Read(output, Flags(flags));

    private static OutputFlags Flags(string letters) => letters.Aggregate(OutputFlags.None, (flags, letter) => flags.With(letter));
}
