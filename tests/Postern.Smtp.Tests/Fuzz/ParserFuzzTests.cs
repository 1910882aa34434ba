using System.Buffers;
using System.Text;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Postern.Smtp.Framing;
using Postern.Smtp.Proxy;
using Postern.Smtp.Session;
using Postern.Tests;

namespace Postern.Smtp.Tests.Fuzz;

/// <summary>The parsers of what strangers send. None may throw, whatever comes; the rest is said at each.</summary>
public sealed class ParserFuzzTests
{
    private static readonly string[] AddressPieces =
        ["a", "Ab", "@", ".", "..", "%", "!", ":", ",", ";", "\"", "\\", "[", "]", "IPv6:", "::1", "192.0.2.1", "tag:x", "xn--", "-", "_", " ", "<", ">", "|", "$", "*", "\0", "\r", "\n", "\x7f", "\xc3\xa9", "\xff", "example.com", "@a,@b:", "postmaster"];

    private static readonly string[] Addresses =
    [
        "user@example.com", "\"a b\"@example.com", "\"a\\\"b\".c@[192.0.2.1]", "@a.example,@b.example:user@c.example", "user%host@example.com", "host!user@example.com", "user@[IPv6:2001:db8::1]",
        "user@[tag:content]", "postmaster", "\"quoted@host\"@example.com", "b\xc3\xbc@b\xc3\xbccher.example", "a@xn--bcher-kva.example",
    ];

    private static readonly string[] Commands =
    [
        "EHLO client.example", "HELO [192.0.2.1]", "MAIL FROM:<>", "MAIL FROM:<a@b.example> SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=QQ+2B", "MAIL FROM:<a@b.example> SMTPUTF8 AUTH=<>",
        "RCPT TO:<a@b.example> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a+40b", "RCPT TO:<\"a b>\"@c.example>", "BDAT 1000 LAST", "BDAT 0", "AUTH PLAIN AGEAYg==", "AUTH SCRAM-SHA-256 =", "DATA", "RSET", "NOOP x", "QUIT", "STARTTLS", "VRFY a", "EXPN b", "HELP",
        "XCLIENT ADDR=192.0.2.1 NAME=[UNAVAILABLE]", "XFORWARD IDENT=x",
    ];

    private static readonly string[] CommandPieces =
    [
        .. AddressPieces, "EHLO ", "MAIL FROM:", "RCPT TO:", "BDAT ", " LAST", "AUTH ", " SIZE=", " BODY=", "8BITMIME", "BINARYMIME", " SMTPUTF8", " NOTIFY=", "NEVER", "SUCCESS", " ORCPT=rfc822;", " RET=", " ENVID=", " AUTH=", "+40", "+", "=", "9", "18446744073709551616", "\t", new string('a', 300),
    ];

    /// <summary>A session that has said EHLO.</summary>
    private static SessionState Greeted { get; } = Greet();

    [Fact]
    public void Commands_are_read_or_refused_and_no_line_end_gets_through() => Target(Commands, CommandPieces).Run(120_000, (line, _) =>
    {
        if (CommandParser.Parse(line) is CommandParse.Parsed { Command: var command }) Assert.DoesNotContain(Shown(command), char.IsControl);

        // Nor through the dialogue and back to the client.
        if (SmtpSession.Step(Greeted, new SessionEvent.Line(line, MoreBuffered: false)).Effect is not SessionEffect.Send { Reply: var reply }) return;
        string written = Encoding.UTF8.GetString(reply.ToBytes());
        Assert.EndsWith("\r\n", written, StringComparison.Ordinal);
        Assert.Equal(reply.Lines.Length, written.Split("\r\n").Length - 1);
        Assert.DoesNotContain(written.Replace("\r\n", "", StringComparison.Ordinal), char.IsControl);
    });

    [Fact]
    public void Paths_are_read_or_refused_and_what_was_read_is_written_the_same_again() => Target(Addresses, AddressPieces).Run(150_000, (octets, random) =>
    {
        string text = Encoding.UTF8.GetString(octets);
        if (AddressParser.Parse(text, smtpUtf8: random.Next(2) == 0) is not AddressParse.Parsed { Mailbox: var mailbox }) return;
        string written = mailbox.ToString();
        Assert.DoesNotContain(written, char.IsControl);
        Mailbox again = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(written, smtpUtf8: true)).Mailbox;
        Assert.Equal(written, again.ToString());
        Assert.Equal((mailbox.Route.Length, mailbox.Local.Value, mailbox.Domain), (again.Route.Length, again.Local.Value, again.Domain));
    });

    [Fact]
    public void Proxy_headers_are_the_same_however_they_are_cut() => Target(
        [
            "PROXY TCP4 192.0.2.1 192.0.2.25 40000 25\r\n", "PROXY TCP6 2001:db8::1 2001:db8::25 40000 25\r\n", "PROXY UNKNOWN\r\n", "PROXY TCP4 10.1.2.3 10.0.0.1 1 25\r\nEHLO c\r\n",
            "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x19\x9c\x40\0\x19", "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", "\r\n\r\n\0\r\nQUIT\n\x21\x21\0\x24 \x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01 \x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x19\x9c\x40\0\x19",
        ],
        ["PROXY ", "TCP4 ", "TCP6 ", "UNKNOWN", "192.0.2.1 ", "::1 ", "::ffff:10.1.2.3 ", "25", "65536", "0", " ", ".", ":", "\r\n", "\r", "\n", "\r\n\r\n\0\r\nQUIT\n", "\x21\x11\0\x0c", "\x21\x21\xff\xff", "\xff\xff\xff\xff", "\0\0\0\0"]).Run(120_000, (input, random) =>
    {
        ProxyParse whole = ProxyHeader.Parse(input);
        ProxyParse prefix = ProxyHeader.Parse(input.AsSpan(0, random.Next(input.Length + 1)));
        if (prefix is not ProxyParse.Incomplete) Assert.Equal(whole, prefix);
        if (whole is ProxyParse.Parsed { Length: var length }) Assert.InRange(length, 15, input.Length);
    });

    [Fact]
    public void Lines_are_the_same_however_they_are_cut() => Target(
        ["EHLO a\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n", "NOOP\r\n", "AUTH PLAIN\r\nAGEAYg==\r\n"],
        ["\r\n", "\r", "\n", "\0", "\r\r\n", "a", "NOOP\r\n", new string('x', 100)]).Run(40_000, (input, random) =>
    {
        const int Limit = 64;
        int at = random.Next(input.Length + 1);
        Assert.Equal(Lines(Limit, input), Lines(Limit, input[..at], input[at..]));
    });

    private static SessionState Greet()
    {
        SessionTerms terms = new("mail.example.com", TlsOffered: true, BadCommandLimit: int.MaxValue);
        SessionState opened = SmtpSession.Step(SessionState.Initial, new SessionEvent.Opened(terms, ImplicitTls: false)).State;
        return SmtpSession.Step(opened, new SessionEvent.Line("EHLO client.example"u8.ToArray(), MoreBuffered: false)).State;
    }

    private static FuzzRun Target(IEnumerable<string> corpus, string[] pieces) => new([.. corpus.Select(Encoding.Latin1.GetBytes)], pieces);

    private static string Shown(SmtpCommand command) => command switch
    {
        MailCommand mail => $"{mail.Path}{mail.Path.Given}{mail.Parameters.EnvelopeId}",
        RcptCommand rcpt => $"{rcpt.Path}{rcpt.Path.Given}",
        SmtpCommand.Ehlo ehlo => ehlo.Name,
        SmtpCommand.Helo helo => helo.Name,
        SmtpCommand.Auth auth => auth.Mechanism,
        _ => "",
    };

    /// <summary>Every line with its fault, and how much is left over.</summary>
    private static List<string> Lines(int limit, params byte[][] parts)
    {
        LineReader reader = new();
        List<string> lines = [];
        byte[] pending = [];
        foreach (byte[] part in parts)
        {
            ReadOnlySequence<byte> buffer = new([.. pending, .. part]);
            while (reader.TryRead(ref buffer, limit, out LineResult line)) lines.Add($"{line.Fault}:{Encoding.Latin1.GetString(line.Text)}");
            pending = buffer.ToArray();
        }

        return lines;
    }
}
