using System.Text;
using CsCheck;
using Postern.Smtp.Commands;

namespace Postern.Smtp.Tests.Commands;

public sealed class UnitextTests
{
    private static readonly Gen<string> Text = Gen.OneOf(Gen.Int[0x20, 0x7E], Gen.Int[0xA0, 0x24F], Gen.Int[0x4E00, 0x4FFF], Gen.Int[0x1F600, 0x1F640])
        .Select(v => new Rune(v).ToString()).Array[1, 20].Select(string.Concat);

    [Fact]
    public void What_is_encoded_is_decoded_in_both_forms() => Text.Sample(text =>
    {
        foreach (bool smtpUtf8 in (bool[])[false, true])
        {
            string written = Unitext.Encode(text, smtpUtf8);
            Assert.True(smtpUtf8 || Ascii.IsValid(written), written);
            Assert.DoesNotContain(' ', written);
            Assert.Equal(text, Unitext.Decode(written, smtpUtf8));
        }
    });

    [Theory]
    [InlineData("a b")]
    [InlineData("a+b")]
    [InlineData("a=b")]
    [InlineData(@"a\b")]
    [InlineData(@"a\x{")]
    [InlineData(@"a\x{}")]
    [InlineData(@"a\x{0}")]
    [InlineData(@"a\x{0D}")]
    [InlineData(@"a\x{85}")]
    [InlineData(@"a\x{DFFF}")]
    [InlineData(@"a\x{110000}")]
    [InlineData(@"a\x{0000041}")]
    [InlineData(@"a\x{4 }")]
    [InlineData("a\u0085")]
    [InlineData("a\n")]
    public void What_is_no_unitext_is_refused(string text) => Assert.Null(Unitext.Decode(text, smtpUtf8: true));

    [Fact]
    public void Control_characters_are_never_written() => Assert.Throws<ArgumentException>(() => Unitext.Encode("a\r\nb", smtpUtf8: true));

    [Theory]
    [InlineData("a@b", "rfc822;a@b")]
    [InlineData("ö@b", "utf-8;ö@b")]
    public void The_type_follows_from_the_address(string address, string original)
    {
        Assert.Equal(original, OriginalRecipientText.Of(address));
        Assert.Equal(address, OriginalRecipientText.AddressOf(original));
    }

    [Theory]
    [InlineData("rfc822;a+b@c", true, "rfc822;a+2Bb@c")]
    [InlineData("utf-8;ö+b@c", true, @"utf-8;ö\x{2B}b@c")]
    [InlineData("utf-8;ö+b@c", false, @"utf-8;\x{F6}\x{2B}b@c")]
    [InlineData("x400;c=de", true, "x400;c+3Dde")]
    public void An_original_recipient_is_written_as_its_type_wants(string original, bool smtpUtf8, string written) =>
        Assert.Equal(written, OriginalRecipientText.Encode(original, smtpUtf8));
}
