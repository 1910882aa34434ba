using MailKit.Net.Smtp;
using MailKit.Security;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Operation;

/// <summary>SIGHUP puts a whole new configuration in force, or none of it.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task Client_taken_from_the_internal_table_may_no_longer_relay()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        Assert.StartsWith("250", await RelayAsync(site), StringComparison.Ordinal);

        site.Cut("mappings", $"{Client.Internal}/32");
        Assert.StartsWith("250", await RelayAsync(site), StringComparison.Ordinal);
        await server.ReloadAsync();
        await Eventually.HoldsAsync("the client is refused", async () =>
            (await RelayAsync(site)).StartsWith("550 5.7.1 Relaying not permitted: v@other.test", StringComparison.Ordinal));
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task Faulty_configuration_is_told_and_changes_nothing()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        site.Cut("mappings", $"{Client.Internal}/32");
        site.Append("aliases", "\nspaced : bob@example.com\n");
        await server.ReloadAsync();
        await Eventually.HoldsAsync("the fault is told", () =>
            server.Printed.Error.Any(l => l.Contains($"aliases:{site.LineOf("aliases", "spaced :")}: error: ", StringComparison.Ordinal)));
        Assert.StartsWith("250", await RelayAsync(site), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewed_certificate_is_in_force_after_a_reload_and_a_broken_one_is_not()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        string first = await SerialAsync(site);
        (await ExternalProgram.RunAsync("openssl",
        [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90", "-subj", "/CN=renewed",
            "-keyout", site.PathOf("tls/key.pem"), "-out", site.PathOf("tls/cert.pem"),
        ])).Exits(0);
        await server.ReloadAsync();
        await Eventually.HoldsAsync("the new certificate is shown", async () => await SerialAsync(site) != first);
        string renewed = await SerialAsync(site);

        site.Write("tls/key.pem", "no key\n");
        site.Cut("mappings", $"{Client.Internal}/32");
        await server.ReloadAsync();
        await Eventually.HoldsAsync("the fault is told", () => server.Printed.Error.Any(l => l.Contains("cannot use the certificate", StringComparison.Ordinal)));
        Assert.Equal(renewed, await SerialAsync(site));
        Assert.StartsWith("250", await RelayAsync(site), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_internal_table_makes_everybody_a_stranger()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Edit("mappings", text => text.Replace("\nINTERNAL_IP\n", "\nNOT_THAT_TABLE\n", StringComparison.Ordinal)
            .Replace("$C$|INTERNAL_IP;$3|$Y$E", "$YEXTERNAL", StringComparison.Ordinal));
        await using PosternProcess server = await site.ServeAsync();
        Assert.StartsWith("550 5.7.1 Relaying not permitted", await RelayAsync(site), StringComparison.Ordinal);
    }

    private static async Task<string> SerialAsync(PosternSite site)
    {
        string? serial = null;
        using SmtpClient client = new()
        {
            ServerCertificateValidationCallback = (_, certificate, _, _) =>
            {
                serial = certificate?.GetSerialNumberString();
                return serial is not null;
            },
        };
        await client.ConnectAsync("127.0.0.1", site.Port, SecureSocketOptions.StartTls, TestContext.Current.CancellationToken);
        await client.DisconnectAsync(true, TestContext.Current.CancellationToken);
        return serial ?? throw new InvalidOperationException("no certificate was shown");
    }

    private static Task<string> RelayAsync(PosternSite site) =>
        SmtpDialogue.DeliverAsync(Client.Internal, site.Port, PosternSite.Bob, "v@other.test", Letter.New());
}
