using System.Text;
using Postern.Smtp.Headers;

namespace Postern.Smtp.Tests.Headers;

public sealed class SenderFieldsTests
{
    private const string User = "ann@example.com";

    [Theory]
    [InlineData("From: ann@example.com|To: b@x.test", "From: ann@example.com|To: b@x.test")]
    [InlineData("From: \"Ann\" <ANN@example.com>|To: b@x.test", "From: \"Ann\" <ANN@example.com>|To: b@x.test")]
    [InlineData("From: boss@example.com|To: b@x.test", "From: boss@example.com|Sender: ann@example.com|To: b@x.test")]
    [InlineData("From: Boss <boss@example.com>,| Ann <ann@example.com>|To: b@x.test", "From: Boss <boss@example.com>,| Ann <ann@example.com>|Sender: ann@example.com|To: b@x.test")]
    [InlineData("Sender: forged@example.com|From: boss@example.com", "From: boss@example.com|Sender: ann@example.com")]
    [InlineData("sender : forged|\tgoes on|From: ann@example.com|Sender: again", "From: ann@example.com")]
    [InlineData("Subject: no sender", "Subject: no sender|Sender: ann@example.com")]
    [InlineData("Resent-From: x@y.test|Resent-Sender: x@y.test|From: o@z.test|Sender: p@z.test|Resent-From: older@y.test|Resent-Sender: older@y.test",
        "Resent-From: x@y.test|Resent-Sender: ann@example.com|From: o@z.test|Sender: p@z.test|Resent-From: older@y.test|Resent-Sender: older@y.test")]
    [InlineData("", "Sender: ann@example.com")]
    public void Sender_is_the_user(string header, string changed) => Assert.Equal(changed, Text(SenderFields.WithSender(Bytes(header), User)));

    [Theory]
    [InlineData("Sender: s@example.com|From: boss@example.com|To: b@x.test", "From: ann@example.com|To: b@x.test")]
    [InlineData("From: Ann <ann@example.com>", "From: Ann <ann@example.com>")]
    [InlineData("From: <ann@example.com>, <x@y.test>", "From: ann@example.com")]
    [InlineData("From: \"ann@example.com\" <x@y.test>", "From: ann@example.com")]
    [InlineData("Subject: none", "Subject: none|From: ann@example.com")]
    public void From_is_the_user(string header, string changed) => Assert.Equal(changed, Text(SenderFields.WithFrom(Bytes(header), User)));

    private static byte[] Bytes(string header) => Encoding.UTF8.GetBytes(header.Length == 0 ? "" : header.Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n");

    private static string Text(byte[] header) => Encoding.UTF8.GetString(header).TrimEnd().Replace("\r\n", "|", StringComparison.Ordinal);
}
