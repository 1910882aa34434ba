using System.Text;
using Postern.Smtp.Replies;

namespace Postern.Smtp.Tests.Replies;

public sealed class SmtpReplyTests
{
    [Fact]
    public void One_line() => Assert.Equal("550 5.7.1 no\r\n", Wire(new SmtpReply(550, "5.7.1", "no")));

    [Fact]
    public void Many_lines() => Assert.Equal("250-a\r\n250-b\r\n250 c\r\n", Wire(new SmtpReply(250, null, ["a", "b", "c"])));

    [Fact]
    public void Control_characters_make_no_second_reply() =>
        Assert.Equal("550 5.7.1 a??250 b?\r\n", Wire(new SmtpReply(550, "5.7.1", "a\r\n250 b\0")));

    [Theory]
    [InlineData(500, 510)]
    [InlineData(501, 510)]
    [InlineData(2000, 510)]
    public void A_line_is_shorter_than_512_octets_and_keeps_its_end(int length, int octets)
    {
        string wire = Wire(new SmtpReply(550, "5.7.1", new string('a', length - 11) + " [4f2k9c12]"));
        Assert.True(wire.Length - 2 <= octets, wire);
        Assert.EndsWith(" [4f2k9c12]\r\n", wire, StringComparison.Ordinal);
        Assert.Equal(length > 500, wire.Contains("...", StringComparison.Ordinal));
    }

    [Fact]
    public void Cutting_leaves_characters_whole()
    {
        byte[] wire = new SmtpReply(550, "5.7.1", string.Concat(Enumerable.Repeat("é用", 300))).ToBytes();
        Assert.True(wire.Length <= 512);
        Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(wire));
    }

    [Theory]
    [InlineData("5.7.1", true)]
    [InlineData("2.0.0", true)]
    [InlineData("4.10.255", true)]
    [InlineData("3.0.0", false)]
    [InlineData("5.7", false)]
    [InlineData("5.7.1.1", false)]
    [InlineData("5.7.x", false)]
    [InlineData("5..1", false)]
    [InlineData("5.1234.1", false)]
    [InlineData("", false)]
    public void Enhanced_codes_are_three_numbers(string text, bool valid)
    {
        Assert.Equal(valid, EnhancedCode.TryParse(text, out EnhancedCode code));
        if (valid) Assert.Equal(text, code.ToString());
    }

    private static string Wire(SmtpReply reply) => Encoding.UTF8.GetString(reply.ToBytes());
}
