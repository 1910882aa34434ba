using System.Globalization;

namespace Postern.Cli.Tests.Harness;

/// <summary>How a session gets its TLS.</summary>
public enum Door
{
    /// <summary>Port 25, STARTTLS.</summary>
    Smtp,

    /// <summary>Port 587, STARTTLS.</summary>
    Submission,

    /// <summary>Port 465, TLS from the first octet.</summary>
    Submissions,
}

/// <summary>Mail programs of Debian that authenticate and send one letter; each its own way to say where and how.</summary>
public static class SubmittingClient
{
    private const string From = PosternSite.Bob;

    /// <summary>Sends a letter as bob.</summary>
    /// <param name="program">swaks, curl, msmtp or smtplib.</param>
    /// <param name="mechanism">of SASL.</param>
    public static async Task<ProgramResult> SendAsync(string program, PosternSite site, Door door, string mechanism, string to, Letter letter)
    {
        using TemporaryDirectory directory = new();
        string message = directory.Combine("letter");
        await File.WriteAllTextAsync(message, letter.Text, TestContext.Current.CancellationToken);
        string port = (door switch
        {
            Door.Smtp => site.Port,
            Door.Submission => site.SubmissionPort,
            _ => site.SubmissionsPort,
        }).ToString(CultureInfo.InvariantCulture);
        bool implicitTls = door == Door.Submissions;
        return program switch
        {
            "swaks" => await ExternalProgram.RunAsync("swaks",
            [
                "--server", "127.0.0.1", "--port", port, "--ehlo", "client.example", "--from", From, "--to", to, "--data", letter.Text, implicitTls ? "--tls-on-connect" : "--tls",
                "--auth", mechanism, "--auth-user", From, "--auth-password", PosternSite.Password,
            ]),
            "curl" => await ExternalProgram.RunAsync("curl",
            [
                "--silent", "--show-error", "--insecure", "--ssl-reqd", "--url", $"{(implicitTls ? "smtps" : "smtp")}://127.0.0.1:{port}/client.example", "--mail-from", From, "--mail-rcpt", to,
                "--upload-file", message, "--user", $"{From}:{PosternSite.Password}", "--login-options", $"AUTH={mechanism}",
            ]),
            "msmtp" => await Msmtp.SendAsync(directory, port, implicitTls, to, letter, $"auth {mechanism.ToLowerInvariant()}", $"password \"{PosternSite.Password}\""),
            "smtplib" => await ExternalProgram.RunAsync("python3",
                ["-c", Script, port, implicitTls ? "implicit" : "starttls", mechanism.ToLowerInvariant(), From, PosternSite.Password, to, message]),
            _ => throw new ArgumentException($"unknown program {program}", nameof(program)),
        };
    }

    private const string Script = """
        import smtplib, ssl, sys
        port, tls, mechanism, user, password, to, letter = sys.argv[1:]
        context = ssl._create_unverified_context()
        if tls == "implicit":
            client = smtplib.SMTP_SSL("127.0.0.1", int(port), context=context)
        else:
            client = smtplib.SMTP("127.0.0.1", int(port))
            client.starttls(context=context)
        client.ehlo("client.example")
        client.user, client.password = user, password
        client.auth(mechanism, getattr(client, "auth_" + mechanism))
        client.sendmail(user, [to], open(letter, newline="").read())
        client.quit()
        """;
}
