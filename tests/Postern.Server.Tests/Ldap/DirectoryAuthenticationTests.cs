using System.Security.Cryptography.X509Certificates;
using System.Text;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Ldap;

/// <summary>
/// Security class "authorisation-identity bypass": whole sessions against a real LDAP server. Whatever name or identity a client gives by whatever
/// mechanism, it is let in as the user whose secret it has or not at all, and a refusal tells nothing of the directory.
/// </summary>
public sealed class DirectoryAuthenticationTests(SlapdFixture slapd) : IClassFixture<SlapdFixture>, IAsyncDisposable
{
    private const string Wrong = "535 5.7.8 authentication credentials invalid";
    private const string Right = "correct horse";

    private readonly TemporaryDirectory _directory = new();
    private readonly TestAuthority _authority = new();
    private ServerBench? _bench;
    private SocketBench? _server;

    /// <summary>Names that would be somebody if filters, NULs or case were handled carelessly.</summary>
    public static TheoryData<string> Nobodies => [.. Names];

    private static readonly string[] Names =
    [
        "*)(uid=*", "*", "b*b", "bob)(|(uid=*", "*)(|(mail=*", "\"*)(uid=*\"@example.com", "\\2a@example.com", "\\2a", "bob\\00", "bob@example.com)(uid=here",
        "uid=bob,o=example.com,o=isp", "bob@example.com,ann@example.com", "bob bob@example.com", "*@example.com", "%U", "%o", "(uid=bob)", "nobody@example.com", "inactive@example.com",
    ];

    [Theory]
    [MemberData(nameof(Nobodies))]
    public async Task Name_that_is_nobodys_is_refused_by_every_mechanism(string name)
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(_authority.Client("bob@example.com"));
        Assert.Equal(Wrong, await client.SayAsync($"AUTH PLAIN {Base64($"\0{name}\0{Right}")}"));
        Assert.Equal(Wrong, await client.SayAsync($"AUTH PLAIN {Base64($"{name}\0bob@example.com\0{Right}")}"));
        Assert.StartsWith("334 ", await client.SayAsync($"AUTH LOGIN {Base64(name)}"));
        Assert.Equal(Wrong, await client.SayAsync(Base64(Right)));
        Assert.Equal(Wrong, await client.SayAsync($"AUTH EXTERNAL {Base64(name)}"));
        string saslname = name.Replace("=", "=3D", StringComparison.Ordinal).Replace(",", "=2C", StringComparison.Ordinal);
        Assert.Equal(Wrong, await client.SayAsync($"AUTH SCRAM-SHA-256 {Base64($"n,a={saslname},n=bob@example.com,r=abc")}"));
        string challenge = (await client.SayAsync($"AUTH SCRAM-SHA-256 {Base64($"n,,n={saslname},r=abc")}"))!;
        Assert.StartsWith("334 ", challenge);
        string nonce = Encoding.UTF8.GetString(Convert.FromBase64String(challenge[4..])).Split(',')[0];
        Assert.Equal(Wrong, await client.SayAsync(Base64($"c=biws,{nonce},p={Convert.ToBase64String(new byte[32])}")));
        Assert.StartsWith("250", await client.SayAsync("NOOP"));
        Assert.StartsWith("235", await client.SayAsync($"AUTH PLAIN {Base64($"\0bob@example.com\0{Right}")}"));
    }

    [Theory]
    [InlineData("\0bob\0@example.com\0correct horse")]
    [InlineData("bob@example.com\0bob@example.com\0correct horse\0")]
    [InlineData("bob@example.com\0correct horse")]
    public async Task Nul_in_a_name_breaks_the_message(string message)
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(null);
        Assert.Equal("501 5.5.2 malformed authentication response", await client.SayAsync($"AUTH PLAIN {Base64(message)}"));
    }

    [Fact]
    public async Task Nul_in_a_name_of_login_is_nobodys()
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(null);
        Assert.StartsWith("334 ", await client.SayAsync($"AUTH LOGIN {Base64("bob@example.com\0")}"));
        Assert.Equal(Wrong, await client.SayAsync(Base64(Right)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("bob@example.com")]
    public async Task User_of_the_directory_is_let_in_by_his_certificate(string identity)
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(_authority.Client("bob@example.com"));
        Assert.StartsWith("235", await client.SayAsync($"AUTH EXTERNAL {(identity.Length == 0 ? "=" : Base64(identity))}"));
        Assert.Contains(_bench!.Log.Lines, l => l.Contains("authenticated as bob@example.com", StringComparison.Ordinal));
    }

    /// <summary>An address that only leads to a user, by his uid or an alias of his domain, is not his.</summary>
    [Theory]
    [InlineData("inactive@example.com")]
    [InlineData("nobody@example.com")]
    [InlineData("bob@alias.example")]
    [InlineData("robert@example.com")]
    [InlineData("*@example.com")]
    [InlineData("\"*)(uid=*\"@example.com")]
    public async Task Certificate_of_an_address_that_is_no_users_own_lets_nobody_in(string email)
    {
        await StartAsync();
        await using SocketDialogue client = await OpenAsync(_authority.Client(email));
        Assert.Equal(Wrong, await client.SayAsync("AUTH EXTERNAL ="));
        Assert.Equal(Wrong, await client.SayAsync($"AUTH EXTERNAL {Base64("bob@example.com")}"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_bench is not null) await _bench.DisposeAsync();
        _authority.Dispose();
        _directory.Dispose();
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private async Task StartAsync()
    {
        await File.WriteAllTextAsync(_directory.Combine("clients.pem"), _authority.Pem, TestContext.Current.CancellationToken);
        _bench = new ServerBench(
            Site.Snapshot(
                ("option.dat", t => $"{t}LDAP_HOST=localhost\nLDAP_PORT={slapd.Server.Port}\nLDAP_USER_ROOT=o=isp\nAUTH_FAILURES_PER_ADDRESS=0\n"),
                ("users", _ => "carl@example.com *\n"),
                ("dispatcher.cnf", t => $"TLS_CLIENT_CA={_directory.Combine("clients.pem")}\n{t}"),
                ("postern.cnf", t => Site.WithOptions(t, "tcp_local", "saslmechanisms \"external scram-sha-256 plain login\" disconnectbadauthlimit 100"))),
            withTls: true);
        _server = await SocketBench.StartAsync(_bench, isProxied: true);
    }

    private Task<SocketDialogue> OpenAsync(X509Certificate2? shown) => SocketDialogue.ConnectWithTlsAsync(_server!.Port, "203.0.113.9", shown);
}
