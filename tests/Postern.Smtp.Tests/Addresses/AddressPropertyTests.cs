using CsCheck;
using Postern.Smtp.Addresses;

namespace Postern.Smtp.Tests.Addresses;

public sealed class AddressPropertyTests
{
    private static readonly Gen<string> Word = Gen.OneOf(
        Gen.Char["abcXYZ019!#$%&*+-/=?^_`{|}~"].Array[1, 6].Select(c => new string(c)),
        Gen.Char["ab .@%!,:;<>[]()\\\""].Array[0, 6].Select(c => $"\"{new string(c).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""),
        Gen.Char["用户éß"].Array[1, 3].Select(c => new string(c)));

    private static readonly Gen<string> Host = Gen.OneOf(
        Gen.Char["abC01-_"].Array[1, 5].Array[1, 3].Select(labels => string.Join('.', labels.Select(l => new string(l)))),
        Gen.Byte.Array[4].Select(b => $"[{string.Join('.', b)}]"),
        Gen.UShort.Array[8].Select(g => $"[IPv6:{string.Join(':', g.Select(x => (x % 3 == 0 ? 0 : x).ToString("X", null)))}]"),
        Gen.Const("[tag:a,b:c]"),
        Gen.Const("bücher.例え"));

    /// <summary>An address by the grammar, in any of its spellings.</summary>
    private static readonly Gen<string> Address =
        from route in Host.Array[0, 3]
        from words in Word.Array[1, 4]
        from host in Host.Array[0, 1]
        select string.Concat(route.Select((h, i) => (i == 0 ? "@" : ",@") + h)) + (route.Length > 0 ? ":" : "") + string.Join('.', words)
            + (host.Length > 0 ? "@" + host[0] : "");

    [Fact]
    public void What_is_written_is_read_again_as_the_same() => Address.Sample(
        text =>
        {
            Mailbox mailbox = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(text, smtpUtf8: true)).Mailbox;
            string written = mailbox.ToString();
            Mailbox again = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(written, smtpUtf8: true)).Mailbox;

            // Quotes that were not needed are gone from the canonical spelling; everything else is as it was.
            Assert.Equal(mailbox with { Local = mailbox.Local with { WasQuoted = written.Contains('"', StringComparison.Ordinal) } }, again);
            Assert.Equal(written, again.ToString());
        },
        iter: 20_000,
        seed: "0000000000001");

    [Fact]
    public void No_text_makes_the_parser_throw() => Gen.OneOf(Gen.String, Gen.Char["ab@@..::,\"\"\\[]%! \r\n\0é"].Array[0, 20].Select(c => new string(c))).Sample(
        text =>
        {
            foreach (bool smtpUtf8 in (bool[])[false, true])
            {
                if (AddressParser.Parse(text, smtpUtf8) is not AddressParse.Parsed { Mailbox: var mailbox }) continue;
                Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(mailbox.ToString(), smtpUtf8));
                Assert.DoesNotContain(mailbox.ToString(), char.IsControl);
            }
        },
        iter: 50_000,
        seed: "0000000000002");

    [Fact]
    public void An_address_that_only_lacks_SMTPUTF8_is_one_with_it() => Address.Sample(
        text =>
        {
            if (AddressParser.Parse(text, smtpUtf8: false) is not AddressParse.Invalid invalid) return;
            Assert.True(invalid.NeedsSmtpUtf8, text);
        },
        iter: 5_000,
        seed: "0000000000003");

    [Fact]
    public void Hosts_are_equal_by_their_key()
    {
        Assert.Equal(Domain("a@EXAMPLE.com"), Domain("a@example.COM."));
        Assert.Equal(Domain("a@[IPv6:2001:db8:0::1]"), Domain("a@[ipv6:2001:DB8::1]"));
        Assert.Equal(Domain("a@[192.0.2.1]"), Domain("a@[IPv6:::ffff:192.0.2.1]"));
        Assert.Equal(Domain("a@bücher.example"), Domain("a@xn--bcher-kva.example"));
        Assert.NotEqual(Domain("a@192.0.2.1"), Domain("a@[192.0.2.1]"));
        Assert.NotEqual(Domain("a@[tag:x]"), Domain("a@[tag:X]"));
    }

    private static MailDomain? Domain(string address) =>
        Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(address, smtpUtf8: true)).Mailbox.Domain;
}
