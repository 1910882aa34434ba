using System.Text;
using CsCheck;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;

namespace Postern.Smtp.Tests.Commands;

public sealed class CommandFuzzTests
{
    private static readonly string[] Pieces =
        ["EHLO ", "HELO ", "MAIL FROM:", "RCPT TO:", "AUTH PLAIN ", "<", ">", "@", "a", ".", "\"", "\\", " SIZE=", " BODY=", "8BITMIME", "9", "=", " ", ":", ",", "[", "]", "IPv6:", "\t", "\u00e9"];

    private static readonly Gen<byte[]> Line = Gen.OneOf(
        Gen.Byte.Array[0, 60],
        Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 15].Select(p => Encoding.UTF8.GetBytes(string.Concat(p))));

    [Fact]
    public void No_line_makes_the_parser_throw_or_leaves_a_line_end_in_a_path() => Line.Sample(
        line =>
        {
            if (CommandParser.Parse(line) is not CommandParse.Parsed { Command: var command }) return;
            (string text, string given) = command switch
            {
                MailCommand mail => (mail.Path.ToString(), mail.Path.Given),
                RcptCommand rcpt => (rcpt.Path.ToString(), rcpt.Path.Given),
                SmtpCommand.Ehlo ehlo => (ehlo.Name, ehlo.Name),
                _ => ("", ""),
            };
            Assert.DoesNotContain(text + given, char.IsControl);
        },
        iter: 100_000,
        seed: "0000000000004");

    [Fact]
    public void The_response_of_AUTH_is_not_printed() =>
        Assert.DoesNotContain("AGEAYg", new SmtpCommand.Auth("PLAIN", "AGEAYg==").ToString(), StringComparison.Ordinal);

    [Fact]
    public void The_null_path_is_null()
    {
        MailCommand mail = Assert.IsType<MailCommand>(Assert.IsType<CommandParse.Parsed>(CommandParser.Parse("MAIL FROM:<>"u8)).Command);
        Assert.True(mail.Path.IsNull);
        Assert.Same(ReversePath.Null, mail.Path);
    }

    [Theory]
    [InlineData("postmaster")]
    [InlineData("PostMaster")]
    public void Postmaster_needs_no_domain(string name)
    {
        CommandParse parse = CommandParser.Parse(Encoding.ASCII.GetBytes($"RCPT TO:<{name}>"));
        RcptCommand rcpt = Assert.IsType<RcptCommand>(Assert.IsType<CommandParse.Parsed>(parse).Command);
        Assert.Equal((name, (MailDomain?)null), (rcpt.Path.Mailbox.Local.Value, rcpt.Path.Mailbox.Domain));
    }
}
