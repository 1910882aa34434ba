using System.Net.Mail;
using CsCheck;
using MimeKit;
using Postern.Smtp.Addresses;

namespace Postern.Server.Tests.Admission;

/// <summary>
/// Parsers that disagree about the domain of an address with quotes send mail to two different places. Whatever ours takes, MimeKit and the framework
/// read with the same domain, or not at all; what could be read otherwise is refused.
/// </summary>
public sealed class AddressDifferentialTests
{
    private static readonly string[] Pieces = ["a", "b.c", ".", "@", "\"", "\\", "<", ">", " ", ",", ";", "(", ")", "%", "!", ":", "[", "]", "x.test", "y.test", "ORCPT=", "\"a@x.test\"", "@y.test", "1.2.3.4", "|"];

    [Theory]
    [InlineData("\"foo@x.test> ORCPT=rfc822;bar\"@y.test", "y.test")]
    [InlineData("\"a@x.test\"@y.test", "y.test")]
    [InlineData("\"a\\\"@x.test\"@y.test", "y.test")]
    [InlineData("a.\"b@x.test\".c@y.test", "y.test")]
    public void Known_traps_have_one_domain(string address, string domain)
    {
        Assert.Equal(domain, Ours(address));
        Assert.Contains(MimeKits(address), (string?[])[null, domain]);
        Assert.Contains(Frameworks(address), (string?[])[null, domain]);
    }

    [Theory]
    [InlineData("a@x.test@y.test")]
    [InlineData("\"a\"@x.test\"@y.test")]
    [InlineData("\"a@x.test\" @y.test")]
    [InlineData("a@x.test(@y.test)")]
    [InlineData("(c)a@y.test")]
    [InlineData("\"a\"b@y.test")]
    [InlineData("a@y.test, b@x.test")]
    [InlineData("<a@x.test>@y.test")]
    public void What_could_be_read_in_two_ways_is_refused(string address) => Assert.Null(Ours(address));

    [Fact]
    public void No_other_parser_finds_another_domain()
    {
        int compared = 0;
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[1, 9].Select(string.Concat).Sample(
            address =>
            {
                if (Ours(address) is not { } domain) return;
                foreach (string? other in (string?[])[MimeKits(address), Frameworks(address)])
                {
                    if (other is null) continue;
                    Assert.Equal(domain, other);
                    Interlocked.Increment(ref compared);
                }
            },
            iter: 200_000,
            seed: "0000000000006");
        Assert.True(compared > 1000, $"{compared} compared");
    }

    /// <returns>null for what is refused, and for an address without a domain or with a route, which others do not read.</returns>
    private static string? Ours(string address) =>
        AddressParser.Parse(address, smtpUtf8: false) is AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Domain: MailDomain.Name domain } } ? domain.Key : null;

    private static string? MimeKits(string address) =>
        MailboxAddress.TryParse(address, out MailboxAddress? read) && read.Route.Count == 0 && read.Address.LastIndexOf('@') is > 0 and var at ? read.Address[(at + 1)..].TrimEnd('.').ToLowerInvariant() : null;

    private static string? Frameworks(string address) => MailAddress.TryCreate(address, out MailAddress? read) ? read.Host.TrimEnd('.').ToLowerInvariant() : null;
}
