using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Policy.Configuration;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>AUTH EXTERNAL (RFC 4422 appendix A): a certificate lets in the user whose address stands in it, as him and nobody else.</summary>
public sealed class ClientCertificateTests : IAsyncDisposable
{
    private const string Wrong = "535 5.7.8 authentication credentials invalid";
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new();
    private ServerBench? _bench;
    private SocketBench? _server;

    [Theory]
    [InlineData("=")]
    [InlineData("bob@example.com")]
    [InlineData("BOB@Example.Com")]
    [InlineData("bob")]
    public async Task User_of_the_certificate_is_let_in(string identity)
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(_authority.Client("bob@example.com"));
        Assert.Contains("AUTH EXTERNAL SCRAM-SHA-256 PLAIN LOGIN", await client.SayAsync("EHLO client.test"));
        Assert.StartsWith("235", await client.SayAsync($"AUTH EXTERNAL {(identity == "=" ? "=" : Base64(identity))}"));
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<bob@example.com>"));
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<v@other.example>"));
        Assert.Contains(_bench!.Log.Lines, l => l.Contains("authenticated as bob@example.com", StringComparison.Ordinal));
        Assert.Contains(_bench.Log.Lines, l => l.EndsWith("client certificate \"CN=client\": believed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Identity_may_come_as_a_response_also_an_empty_one()
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(_authority.Client("bob@example.com"));
        Assert.Equal("334 ", await client.SayAsync("AUTH EXTERNAL"));
        Assert.Equal("501 5.7.0 authentication cancelled", await client.SayAsync("*"));
        Assert.Equal("334 ", await client.SayAsync("AUTH EXTERNAL"));
        Assert.StartsWith("235", await client.SayAsync(""));
    }

    [Theory]
    [InlineData("ann@example.com")]
    [InlineData("carl@example.com")]
    [InlineData("postmaster")]
    [InlineData("*")]
    [InlineData("bob@example.com\0ann@example.com")]
    [InlineData("bob@example.com, ann@example.com")]
    public async Task Nobody_acts_for_somebody_else(string identity)
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(_authority.Client("bob@example.com"));
        Assert.Equal(Wrong, await client.SayAsync($"AUTH EXTERNAL {Base64(identity)}"));
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<ann@example.com>"));
        Assert.StartsWith("550 5.7.1 Relaying not permitted", await client.SayAsync("RCPT TO:<v@other.example>"));
    }

    [Theory]
    [InlineData("stranger@example.com")]
    [InlineData("carl@example.com")]
    [InlineData("bob")]
    [InlineData("bob@example.com.other.test")]
    public async Task Certificate_of_nobody_or_of_a_user_without_login_lets_nobody_in(string email)
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(_authority.Client(email));
        Assert.Equal(Wrong, await client.SayAsync("AUTH EXTERNAL ="));
        Assert.Equal(Wrong, await client.SayAsync($"AUTH EXTERNAL {Base64("bob@example.com")}"));
    }

    [Fact]
    public async Task Certificate_of_two_users_needs_to_be_told_which()
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(_authority.Client("ann@example.com", "bob@example.com"));
        Assert.Equal(Wrong, await client.SayAsync("AUTH EXTERNAL ="));
        Assert.StartsWith("235", await client.SayAsync($"AUTH EXTERNAL {Base64("bob@example.com")}"));
        Assert.Contains(_bench!.Log.Lines, l => l.Contains("authenticated as bob@example.com", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_a_certificate_that_is_believed_counts()
    {
        await StartAsync();
        using TestAuthority other = new();
        X509Certificate2?[] shown =
        [
            null,
            other.Client("bob@example.com"),
            _authority.Client(["bob@example.com"], ServerAuthentication, TimeSpan.FromDays(1)),
            _authority.Client(["bob@example.com"], ClientAuthentication, TimeSpan.FromDays(-1)),
            _authority.Client(),
        ];
        foreach (X509Certificate2? certificate in shown)
        {
            await using SocketDialogue client = await OpenAsync(certificate);
            Assert.DoesNotContain("EXTERNAL", await client.SayAsync("EHLO client.test"));
            Assert.Equal("504 5.5.4 authentication mechanism not supported", await client.SayAsync("AUTH EXTERNAL ="));
            Assert.StartsWith("235", await client.SayAsync($"AUTH PLAIN {Base64($"\0bob@example.com\0{Site.Password}")}"));
        }

        Assert.Equal(3, _bench!.Log.Lines.Count(l => l.Contains("client certificate \"CN=client\": ", StringComparison.Ordinal) && !l.EndsWith("believed", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Purpose_may_be_left_open()
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(_authority.Client(["bob@example.com"], null, TimeSpan.FromDays(1)));
        Assert.StartsWith("235", await client.SayAsync("AUTH EXTERNAL ="));
    }

    [Fact]
    public async Task Where_nobody_is_asked_for_a_certificate_none_counts()
    {
        await StartAsync(asks: false);
        await using SocketDialogue client = await OpenAsync(_authority.Client("bob@example.com"));
        Assert.DoesNotContain("EXTERNAL", await client.SayAsync("EHLO client.test"));
        Assert.DoesNotContain(_bench!.Log.Lines, l => l.Contains("client certificate", StringComparison.Ordinal));
    }

    [Fact]
    public async Task In_the_clear_there_is_no_external()
    {
        await StartAsync();
        await using SocketDialogue client = await SocketDialogue.ConnectAsync(_server!.Port, "203.0.113.9");
        await client.ReplyAsync();
        Assert.DoesNotContain("AUTH", await client.SayAsync("EHLO client.test"));
        Assert.Equal("504 5.5.4 authentication mechanism not supported", await client.SayAsync("AUTH EXTERNAL ="));
    }

    [Fact]
    public async Task Access_table_is_asked_and_failures_count()
    {
        await StartAsync(options: "AUTH_FAILURES_PER_USER=2", table: "*|EXTERNAL|ann@*  $NNo");
        await using SocketDialogue client = await OpenAsync(_authority.Client("bob@example.com"));
        Assert.StartsWith("535 5.7.8 No [", await client.SayAsync($"AUTH EXTERNAL {Base64("ann@example.com")}"));
        await using SocketDialogue again = await OpenAsync(_authority.Client("stranger@example.com"));
        Assert.Equal(Wrong, await again.SayAsync("AUTH EXTERNAL ="));
        Assert.Equal(Wrong, await again.SayAsync("AUTH EXTERNAL ="));
        await using SocketDialogue third = await OpenAsync(_authority.Client("stranger@example.com"));
        Assert.StartsWith("454 4.7.0 too many", await third.SayAsync("AUTH EXTERNAL ="));
    }

    [Theory]
    [InlineData("gone.pem")]
    [InlineData("empty.pem")]
    public void Authorities_that_cannot_be_read_are_an_error(string file)
    {
        File.WriteAllText(_directory.Combine("empty.pem"), "");
        TestAuthority.WriteServer(_directory.Combine("cert.pem"), _directory.Combine("key.pem"), System.Security.Cryptography.HashAlgorithmName.SHA256, "mail.example.com");
        ConfigurationSnapshot snapshot = Snapshot("", "", _directory.Combine(file));
        snapshot = snapshot with { Options = snapshot.Options with { TlsCertificate = _directory.Combine("cert.pem"), TlsKey = _directory.Combine("key.pem") } };
        Assert.StartsWith(
            $"dispatcher.cnf: error: cannot use the authorities {_directory.Combine(file)}: ",
            Assert.Single(Server.Listening.CertificateChecks.Check(snapshot, DateTimeOffset.UtcNow)).ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_bench is not null) await _bench.DisposeAsync();
        _authority.Dispose();
        _directory.Dispose();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static ConfigurationSnapshot Snapshot(string options, string table, string? authorities) => Site.Snapshot(
        ("option.dat", t => $"{t}{options}\n"),
        ("users", t => $"{t}{Site.Bob.Replace("bob@", "ann@", StringComparison.Ordinal)}\n"),
        ("mappings", t => table.Length == 0 ? t : $"{t}\nAUTH_ACCESS\n\n  {table}\n"),
        ("dispatcher.cnf", t => authorities is null ? t : $"TLS_CLIENT_CA={authorities}\n{t}"));

    private async Task StartAsync(string options = "", string table = "", bool asks = true)
    {
        await File.WriteAllTextAsync(_directory.Combine("clients.pem"), _authority.Pem, TestContext.Current.CancellationToken);
        _bench = new ServerBench(Snapshot(options, table, asks ? _directory.Combine("clients.pem") : null), withTls: true);
        _server = await SocketBench.StartAsync(_bench, isProxied: true);
    }

    private Task<SocketDialogue> OpenAsync(X509Certificate2? shown) => SocketDialogue.ConnectWithTlsAsync(_server!.Port, "203.0.113.9", shown);
}
