using System.Text;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>AUTH EXTERNAL by the programs of Debian that know it: a certificate in place of a password.</summary>
public sealed class CertificateLoginTests
{
    [Fact]
    public async Task Program_is_let_in_by_its_certificate_and_sends()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        using TemporaryDirectory keys = new();
        await MakeAuthorityAsync(keys, "authority");
        await MakeAuthorityAsync(keys, "other");
        await MakeClientAsync(keys, "authority", "bob");
        await MakeClientAsync(keys, "other", "stranger");
        site.Edit("dispatcher.cnf", text => text.Replace("PARAMETER=", $"TLS_CLIENT_CA={keys.Combine("authority.pem")}\nPARAMETER=", StringComparison.Ordinal));
        await using PosternProcess server = await site.ServeAsync();
        foreach (string program in (string[])["curl", "msmtp"])
        {
            foreach (bool implicitTls in (bool[])[false, true])
            {
                Letter letter = Letter.New(), refused = Letter.New();
                (await SendAsync(program, site, implicitTls, keys, "bob", letter)).Exits(0);
                await Eventually.HoldsAsync("the letter is at the sink", () => !site.Outside.MessagesWith(letter).IsEmpty);
                Assert.Contains("with ESMTPSA", Encoding.UTF8.GetString(site.Outside.MessagesWith(letter)[0].Content), StringComparison.Ordinal);

                // The same names, signed by somebody else.
                Assert.NotEqual(0, (await SendAsync(program, site, implicitTls, keys, "stranger", refused)).ExitCode);
                Assert.Empty(site.Outside.MessagesWith(refused));
            }
        }
    }

    private static async Task<ProgramResult> SendAsync(string program, PosternSite site, bool implicitTls, TemporaryDirectory keys, string name, Letter letter)
    {
        const string to = "v@other.test";
        string message = keys.Combine(letter.Token), port = $"{(implicitTls ? site.SubmissionsPort : site.SubmissionPort)}";
        await File.WriteAllTextAsync(message, letter.Text, TestContext.Current.CancellationToken);
        if (program == "curl")
        {
            return await ExternalProgram.RunAsync("curl",
            [
                "--silent", "--show-error", "--insecure", "--ssl-reqd", "--url", $"{(implicitTls ? "smtps" : "smtp")}://127.0.0.1:{port}/client.example", "--mail-from", PosternSite.Bob,
                "--mail-rcpt", to, "--upload-file", message, "--cert", keys.Combine($"{name}.pem"), "--key", keys.Combine($"{name}.key"), "--user", $"{PosternSite.Bob}:",
                "--login-options", "AUTH=EXTERNAL",
            ]);
        }

        return await Msmtp.SendAsync(
            keys, port, implicitTls, to, letter, "auth external", $"tls_cert_file {keys.Combine($"{name}.pem")}", $"tls_key_file {keys.Combine($"{name}.key")}");
    }

    private static async Task MakeAuthorityAsync(TemporaryDirectory keys, string name) => (await ExternalProgram.RunAsync("openssl",
    [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", $"/CN={name}",
        "-keyout", keys.Combine($"{name}.key"), "-out", keys.Combine($"{name}.pem"),
    ])).Exits(0);

    /// <summary>A certificate of bob.</summary>
    private static async Task MakeClientAsync(TemporaryDirectory keys, string authority, string name) => (await ExternalProgram.RunAsync("openssl",
    [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=bob",
        "-addext", $"subjectAltName=email:{PosternSite.Bob}", "-addext", "extendedKeyUsage=clientAuth", "-addext", "basicConstraints=critical,CA:FALSE",
        "-CA", keys.Combine($"{authority}.pem"), "-CAkey", keys.Combine($"{authority}.key"),
        "-keyout", keys.Combine($"{name}.key"), "-out", keys.Combine($"{name}.pem"),
    ])).Exits(0);
}
