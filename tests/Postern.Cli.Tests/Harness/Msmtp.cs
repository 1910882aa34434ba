namespace Postern.Cli.Tests.Harness;

/// <summary>msmtp, which takes where and how from a file.</summary>
public static class Msmtp
{
    /// <param name="settings">lines on how to authenticate.</param>
    public static async Task<ProgramResult> SendAsync(TemporaryDirectory directory, string port, bool implicitTls, string to, Letter letter, params string[] settings)
    {
        // Its file must be nobody else's: a password may stand in it.
        string configuration = directory.Combine($"{letter.Token}.msmtprc");
        await File.WriteAllTextAsync(configuration, $"""
            account default
            host 127.0.0.1
            port {port}
            domain client.example
            tls on
            tls_starttls {(implicitTls ? "off" : "on")}
            tls_certcheck off
            user {PosternSite.Bob}
            from {PosternSite.Bob}
            {string.Join('\n', settings)}

            """, TestContext.Current.CancellationToken);
        File.SetUnixFileMode(configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return await ExternalProgram.RunAsync("msmtp", ["--file", configuration, "--", to], letter.Text.ReplaceLineEndings("\n"));
    }
}
