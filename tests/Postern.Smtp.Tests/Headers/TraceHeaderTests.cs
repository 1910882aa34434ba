using System.Net;
using CsCheck;
using Postern.Smtp.Headers;

namespace Postern.Smtp.Tests.Headers;

public sealed class TraceHeaderTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 5, 12, 0, 9, TimeSpan.Zero);

    [Fact]
    public void Received_tells_who_by_how_for_whom_and_when() => Assert.Equal(
        "Received: from client.example ([192.0.2.1])\r\n\tby mx.example with ESMTPSA (TLS1.3:AES)\r\n\tid ABC\r\n\tfor <bob@example.com>;\r\n\tThu, 05 Nov 2026 12:00:09 +0000\r\n",
        TraceHeader.Received("client.example", IPAddress.Parse("192.0.2.1"), "mx.example", true, "TLS1.3:AES", true, "ABC", "bob@example.com", Noon));

    [Fact]
    public void What_is_not_known_is_left_out() => Assert.Equal(
        "Received: from unknown\r\n\tby mx.example with SMTP\r\n\tid ABC;\r\n\tThu, 05 Nov 2026 12:00:09 +0000\r\n",
        TraceHeader.Received("", null, "mx.example", false, null, false, "ABC", null, Noon));

    [Theory]
    [InlineData(false, false, false, "SMTP")]
    [InlineData(false, true, false, "SMTP")]
    [InlineData(true, false, false, "ESMTP")]
    [InlineData(true, false, true, "ESMTPA")]
    [InlineData(true, true, false, "ESMTPS")]
    [InlineData(true, true, true, "ESMTPSA")]
    public void Protocol_is_named_by_RFC_3848(bool extended, bool tls, bool authenticated, string protocol)
    {
        string field = TraceHeader.Received("c", null, "mx", extended, tls ? "TLS1.3" : null, authenticated, "A", null, Noon);
        Assert.Contains($" with {protocol}{(tls ? " (TLS1.3)" : "")}\r\n", field, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, "UTF8SMTP")]
    [InlineData(false, true, "UTF8SMTPA")]
    [InlineData(true, false, "UTF8SMTPS")]
    [InlineData(true, true, "UTF8SMTPSA")]
    public void Protocol_of_internationalised_mail_is_named_by_RFC_6531(bool tls, bool authenticated, string protocol) => Assert.Contains(
        $" with {protocol}", TraceHeader.Received("c", null, "mx", true, tls ? "TLS1.3" : null, authenticated, "A", null, Noon, smtpUtf8: true), StringComparison.Ordinal);

    [Theory]
    [InlineData("2001:db8::1", "([IPv6:2001:db8::1])")]
    [InlineData("::ffff:192.0.2.1", "([192.0.2.1])")]
    public void Client_is_an_address_literal(string client, string text) =>
        Assert.Contains(text, TraceHeader.Received("c", IPAddress.Parse(client), "mx", true, null, false, "A", null, Noon), StringComparison.Ordinal);

    [Theory]
    [InlineData("host.example", "192.0.2.1", "Received: from c (host.example [192.0.2.1])\r\n")]
    [InlineData("host.example*", "2001:db8::1", "Received: from c (host.example* [IPv6:2001:db8::1])\r\n")]
    [InlineData("host.example", null, "Received: from c (host.example)\r\n")]
    [InlineData("a) (b", null, "Received: from c (a???b)\r\n")]
    public void Client_is_shown_by_name_and_address(string name, string? client, string text) => Assert.StartsWith(
        text, TraceHeader.Received("c", client is null ? null : IPAddress.Parse(client), "mx", true, null, false, "A", null, Noon, name), StringComparison.Ordinal);

    [Theory]
    [InlineData(0, 0, "+0000")]
    [InlineData(5, 30, "+0530")]
    [InlineData(-3, -30, "-0330")]
    public void Date_has_a_numeric_zone(int hours, int minutes, string zone) =>
        Assert.Equal($"Thu, 05 Nov 2026 12:00:09 {zone}", TraceHeader.Date(new DateTimeOffset(2026, 11, 5, 12, 0, 9, new TimeSpan(hours, minutes, 0))));

    [Fact]
    public void Nothing_a_client_says_can_end_a_line() => Gen.Char["a@.()<>;\\\"\r\n\0\t é"].Array[0, 20].Select(c => new string(c)).Sample(
        text =>
        {
            string field = TraceHeader.Received(text, null, text, true, text, true, text, text, Noon);
            string[] lines = field.Split("\r\n");
            Assert.Equal(6, lines.Length);
            Assert.All(lines[1..^1], l => Assert.StartsWith("\t", l, StringComparison.Ordinal));
            Assert.DoesNotContain(string.Concat(lines).Replace("\t", "", StringComparison.Ordinal), char.IsControl);
        },
        iter: 5_000,
        seed: "0000000000008");
}
