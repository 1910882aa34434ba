using CsCheck;
using Postern.Policy.Aliases;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Aliases;

public sealed class VerpAddressTests
{
    private static readonly Mailbox Owner = Parse("news-owner@example.com")!;

    private static readonly Gen<string> Local = Gen.OneOf(
        Gen.Char["abcXYZ019!#$%&*+-/=?^_`{|}~."].Array[1, 20].Select(c => new string(c)),
        Gen.Char["ab .@%!,:;<>[]()=+é用"].Array[1, 12].Select(c => $"\"{new string(c)}\""));

    private static readonly Gen<string> Domain = OneOf("@example.net", "@a-b.example", "@bücher.example", "@[192.0.2.1]", "@[IPv6:2001:db8::1]", "");

    [Fact]
    public void Member_comes_back_out_of_the_owners_address() => Gen.Select(Local, Domain).Sample(
        (local, domain) =>
        {
            if (Parse(local + domain) is not { } member) return;
            string verp = VerpAddress.Encode(Owner, member);
            Mailbox back = Parse(verp) ?? throw new InvalidDataException($"\"{verp}\" is no address");
            Assert.DoesNotContain('"', verp);
            Assert.True(verp.All(char.IsAscii), verp);
            Assert.Equal(Owner.Domain, back.Domain);
            Mailbox decoded = VerpAddress.Decode(back) ?? throw new InvalidDataException($"\"{verp}\" names no member");
            Assert.Equal((member.Local.Value, member.Domain), (decoded.Local.Value, decoded.Domain));
        },
        seed: "0000KOmA2fo6",
        iter: 5_000);

    [Theory]
    [InlineData("ann@example.net", "news-owner+ann=example.net@example.com")]
    [InlineData("a=b+c%d@example.net", "news-owner+a%3Db%2Bc%25d=example.net@example.com")]
    [InlineData("\"a b\"@example.net", "news-owner+a%20b=example.net@example.com")]
    [InlineData("\".a..b.\"@example.net", "news-owner+%2Ea.%2Eb%2E=example.net@example.com")]
    [InlineData("x@[192.0.2.1]", "news-owner+x=%5B192.0.2.1%5D@example.com")]
    [InlineData("bob", "news-owner+bob@example.com")]
    public void Encoding_is_fixed(string member, string expected) => Assert.Equal(expected, VerpAddress.Encode(Owner, Parse(member)!));

    [Fact]
    public void Member_that_does_not_fit_is_not_named() =>
        Assert.Equal("news-owner@example.com", VerpAddress.Encode(Owner, Parse($"{new string('a', 245)}@example.net")!));

    [Theory]
    [InlineData("news-owner@example.com")]
    [InlineData("news-owner+@example.com")]
    [InlineData("news-owner+=example.net@example.com")]
    public void Other_addresses_name_no_member(string address) => Assert.Null(VerpAddress.Decode(Parse(address)!));

    private static Mailbox? Parse(string address) => AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox : null;

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
