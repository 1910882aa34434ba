using System.Text;
using MimeKit;

namespace Postern.Cli.Tests.Harness;

/// <summary>One test message, known among all others by a token in its Subject and its body.</summary>
public sealed record Letter(string Token)
{
    public static Letter New() => new(Guid.NewGuid().ToString("N"));

    public string Subject => $"test {Token}";

    public string Body => $"This is the body of {Token}.\r\n.a line that starts with a dot\r\n";

    /// <summary>Header and body with CRLF line ends, not dot-stuffed.</summary>
    public string Text => $"From: <s@ext.example>\r\nTo: undisclosed-recipients:;\r\nSubject: {Subject}\r\nMessage-ID: <{Token}@ext.example>\r\n\r\n{Body}";

    /// <summary>What a client sends after 354, up to the final dot; the CRLF after it is left to the sender of lines.</summary>
    public string AfterData => $"{Text.Replace("\r\n.", "\r\n..", StringComparison.Ordinal)}.";

    public MimeMessage ToMime(string from)
    {
        MimeMessage message = new() { Subject = Subject, Body = new TextPart("plain") { Text = Body } };
        message.From.Add(MailboxAddress.Parse(from));
        return message;
    }

    public bool IsIn(ReadOnlySpan<byte> message) => message.IndexOf(Encoding.ASCII.GetBytes(Token)) >= 0;

    /// <summary>Whether all of the body is there, dot and all.</summary>
    public bool IsWholeIn(ReadOnlySpan<byte> message) => message.IndexOf(Encoding.ASCII.GetBytes(Body)) >= 0;
}
