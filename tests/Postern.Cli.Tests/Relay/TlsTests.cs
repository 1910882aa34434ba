using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using MailKit.Net.Smtp;
using MailKit.Security;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>TLS as OpenSSL's own client sees it, and as it stands in the trace of a message.</summary>
[Collection(RelayCollection.Name)]
public sealed class TlsTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    [Theory]
    [InlineData("-tls1_3", "TLSv1.3")]
    [InlineData("-tls1_2", "TLSv1.2")]
    public async Task Openssl_speaks_the_protocols_of_today(string option, string protocol)
    {
        ProgramResult starttls = await ConnectAsync(_site.Port, "-starttls", "smtp", option);
        Assert.Contains($"New, {protocol}, Cipher is ", starttls.Output);
        Assert.Contains("250 2.0.0 ok", starttls.Output);
        ProgramResult implicitTls = await ConnectAsync(_site.SubmissionsPort, option);
        Assert.Contains($"New, {protocol}, Cipher is ", implicitTls.Output);
        Assert.Contains("220 mta.example.com ESMTP", implicitTls.Output);
    }

    /// <summary>With the old ciphers let in, the client itself would: what comes back is the server's alert.</summary>
    [Theory]
    [InlineData("-tls1_1")]
    [InlineData("-tls1")]
    public async Task Older_protocols_are_refused_by_the_server(string option)
    {
        foreach (string[] way in (string[][])[[$"{_site.Port}", "-starttls", "smtp"], [$"{_site.SubmissionsPort}"]])
        {
            ProgramResult refused = await ConnectAsync(int.Parse(way[0], CultureInfo.InvariantCulture), [.. way[1..], option, "-cipher", "ALL:@SECLEVEL=0"]);
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("alert protocol version", refused.Error);
            Assert.Contains("Cipher is (NONE)", refused.Output);
        }
    }

    [Fact]
    public async Task Protocol_and_cipher_stand_in_received_and_in_the_log()
    {
        Letter letter = Letter.New();
        TlsCipherSuite? cipher;
        using (SmtpClient client = await MailKitClient.ConnectAsync(Client.Outsider, _site.Port, SecureSocketOptions.StartTls))
        {
            Assert.Equal(SslProtocols.Tls13, client.SslProtocol);
            cipher = client.SslCipherSuite;
            await client.SendLetterAsync("s@ext.example", PosternSite.Bob, letter);
        }

        string message = System.Text.Encoding.UTF8.GetString(await running.StoredAsync(PosternSite.Bob, letter));
        Assert.Contains($"TLS1.3:{cipher}", message);
        Assert.Contains("with ESMTPS", message);
        await Eventually.HoldsAsync(
            "the log tells of the handshake",
            () => running.Server.Printed.Output.Any(l => l.Contains($"TLS1.3:{cipher} for host \"", StringComparison.Ordinal)));
    }

    private static Task<ProgramResult> ConnectAsync(int port, params string[] options) => ExternalProgram.RunAsync(
        "openssl", ["s_client", "-connect", $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)}", "-crlf", "-ign_eof", .. options], "NOOP\nQUIT\n");
}
