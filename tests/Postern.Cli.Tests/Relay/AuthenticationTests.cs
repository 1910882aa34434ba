using System.Net;
using MailKit.Net.Smtp;
using MailKit.Security;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>A user who has proved who he is may send anywhere, from anywhere, on each of the three ports; nobody else may submit.</summary>
[Collection(RelayCollection.Name)]
public sealed class AuthenticationTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    public static TheoryData<string, SecureSocketOptions> Doors => new()
    {
        { "smtp", SecureSocketOptions.StartTls },
        { "submission", SecureSocketOptions.StartTls },
        { "submissions", SecureSocketOptions.SslOnConnect },
    };

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Authenticated_user_sends_anywhere(string service, SecureSocketOptions security)
    {
        Letter letter = Letter.New();
        using (SmtpClient client = await MailKitClient.ConnectAsync(Client.Outsider, PortOf(service), security))
        {
            await client.LogInAsync(PosternSite.Bob, PosternSite.Password);
            await client.SendLetterAsync(PosternSite.Bob, "v@other.test", letter);
        }

        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "v@other.test");
        Assert.Equal(PosternSite.Bob, sent.ReversePath);
    }

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Authenticated_user_sends_to_a_user(string service, SecureSocketOptions security)
    {
        Letter letter = Letter.New();
        using (SmtpClient client = await MailKitClient.ConnectAsync(Client.Outsider, PortOf(service), security))
        {
            await client.LogInAsync(PosternSite.Bob, PosternSite.Password);
            await client.SendLetterAsync(PosternSite.Bob, PosternSite.Ann, letter);
        }

        await running.StoredAsync(PosternSite.Ann, letter);
    }

    [Theory]
    [InlineData("LOGIN")]
    [InlineData("PLAIN")]
    public async Task Swaks_logs_in_over_starttls(string mechanism)
    {
        Letter letter = Letter.New();
        SwaksResult result = await Swaks.SendAsync(
            Client.Outsider, _site.SubmissionPort, PosternSite.Bob, "v@other.test", letter,
            "--tls", "--auth", mechanism, "--auth-user", PosternSite.Bob, "--auth-password", PosternSite.Password);
        result.IsTaken();
        await running.SentAsync(_site.Outside, letter, "v@other.test");
    }

    /// <summary>An independent client, which checks our proof as we check its own.</summary>
    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Scram_lets_a_user_send_anywhere(string service, SecureSocketOptions security)
    {
        Letter letter = Letter.New();
        using (SmtpClient client = await MailKitClient.ConnectAsync(Client.Outsider, PortOf(service), security))
        {
            await client.AuthenticateAsync(new SaslMechanismScramSha256(PosternSite.Bob, PosternSite.Password), TestContext.Current.CancellationToken);
            await client.SendLetterAsync(PosternSite.Bob, "v@other.test", letter);
        }

        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "v@other.test");
        Assert.Equal(PosternSite.Bob, sent.ReversePath);
    }

    [Theory]
    [InlineData("bob", "correct horse 7", true)]
    [InlineData("BOB@Example.COM", "correct horse 7", true)]
    [InlineData("bob@example.com", "correct horse 8", false)]
    [InlineData("nobody@example.com", "correct horse 7", false)]
    public async Task Scram_takes_the_right_password_of_a_user_and_nothing_else(string user, string password, bool accepted)
    {
        using SmtpClient client = await MailKitClient.ConnectAsync(IPAddress.Parse("127.0.0.44"), _site.SubmissionPort, SecureSocketOptions.StartTls);
        Task login = client.AuthenticateAsync(new SaslMechanismScramSha256(user, password), TestContext.Current.CancellationToken);
        if (accepted) await login;
        else await Assert.ThrowsAsync<AuthenticationException>(() => login);
        Assert.Equal(accepted, client.IsAuthenticated);
    }

    [Fact]
    public async Task Submission_without_tls_is_refused()
    {
        string reply = await SmtpDialogue.DeliverAsync(Client.Outsider, _site.SubmissionPort, PosternSite.Bob, PosternSite.Ann, Letter.New());
        Assert.StartsWith("530 5.7.0 Must issue a STARTTLS command first", reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.7")]
    [InlineData("127.0.0.8")]
    public async Task Submission_without_authentication_is_refused_to_everybody(string client)
    {
        Letter letter = Letter.New();
        SwaksResult result = await Swaks.SendAsync(IPAddress.Parse(client), _site.SubmissionPort, PosternSite.Bob, "v@other.test", letter, "--tls");
        result.IsRefused("530 5.7.0 No AUTH command has been given");
        await running.NobodyHasAsync(letter);
    }

    [Fact]
    public async Task Implicit_tls_without_authentication_is_refused()
    {
        Letter letter = Letter.New();
        SwaksResult result = await Swaks.SendAsync(
            Client.Outsider, _site.SubmissionsPort, PosternSite.Bob, "v@other.test", letter, "--tls-on-connect");
        result.IsRefused("530 5.7.0 No AUTH command has been given");
        await running.NobodyHasAsync(letter);
    }

    [Fact]
    public async Task Tls_alone_lets_nobody_relay()
    {
        Letter letter = Letter.New();
        SwaksResult result = await Swaks.SendAsync(Client.Outsider, _site.Port, PosternSite.Bob, "v@other.test", letter, "--tls");
        result.IsRefused("550 5.7.1 Relaying not permitted: v@other.test");
        await running.NobodyHasAsync(letter);
    }

    [Fact]
    public async Task Failed_authentication_lets_nobody_relay()
    {
        Letter letter = Letter.New();
        using SmtpClient client = await MailKitClient.ConnectAsync(Client.Outsider, _site.Port, SecureSocketOptions.StartTls);

        // One mechanism: with a name and password alone this client tries all of them, and three failures end the session.
        await Assert.ThrowsAsync<AuthenticationException>(
            () => client.AuthenticateAsync(new SaslMechanismPlain(PosternSite.Bob, "wrong"), TestContext.Current.CancellationToken));
        SmtpCommandException refusal = await Assert.ThrowsAsync<SmtpCommandException>(
            () => client.SendLetterAsync(PosternSite.Bob, "v@other.test", letter));
        Assert.Equal(SmtpStatusCode.MailboxUnavailable, refusal.StatusCode);
        Assert.StartsWith("5.7.1 Relaying not permitted: v@other.test", refusal.Message, StringComparison.Ordinal);
        await running.NobodyHasAsync(letter);
    }

    [Fact]
    public async Task Passwords_are_not_taken_in_the_clear()
    {
        using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Outsider, _site.Port);
        Assert.DoesNotContain("AUTH", await dialogue.SayAsync("EHLO client.example"), StringComparison.Ordinal);
        Assert.StartsWith("5", await dialogue.SayAsync("AUTH PLAIN AGJvYkBleGFtcGxlLmNvbQBjb3JyZWN0IGhvcnNlIDc="), StringComparison.Ordinal);
        Assert.StartsWith("250", await dialogue.SayAsync($"MAIL FROM:<{PosternSite.Bob}>"), StringComparison.Ordinal);
        Assert.StartsWith("550 5.7.1 Relaying", await dialogue.SayAsync("RCPT TO:<v@other.test>"), StringComparison.Ordinal);
    }

    private int PortOf(string service) => service switch
    {
        "smtp" => _site.Port,
        "submission" => _site.SubmissionPort,
        _ => _site.SubmissionsPort,
    };
}
