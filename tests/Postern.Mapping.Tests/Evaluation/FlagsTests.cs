using Postern.Mapping.Evaluation;

namespace Postern.Mapping.Tests.Evaluation;

public sealed class FlagsTests
{
    [Fact]
    public void Input_flags_are_a_case_blind_set()
    {
        InputFlags flags = InputFlags.Parse("a, TE t");

        Assert.True(flags.Has('A'));
        Assert.True(flags.Has('t'));
        Assert.False(flags.Has('L'));
        Assert.False(flags.Has(','));
        Assert.False(flags.Has(' '));
        Assert.Equal("AET", flags.ToString());
        Assert.Equal(InputFlags.Parse("ETA"), flags);
    }

    [Fact]
    public void Input_flags_outside_ASCII_do_not_exist()
    {
        Assert.Equal(InputFlags.None, InputFlags.Parse("äŁ\u0141"));
        Assert.False(InputFlags.Parse("A").Has('\u0141'));
    }

    [Fact]
    public void Output_flags_keep_the_order_met()
    {
        OutputFlags flags = OutputFlags.None.With('n').With('D').With('N').With('<');

        Assert.Equal("ND<", flags.ToString());
        Assert.True(flags.Has('d'));
        Assert.False(flags.Has('Y'));
        Assert.Equal("", OutputFlags.None.ToString());
        Assert.True(OutputFlags.None.IsEmpty);
    }
}
