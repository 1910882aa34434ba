using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Server.Sessions;
using Postern.Smtp.Session;

namespace Postern.Server.Tests.Ldap;

/// <summary>A server that stays up: connection, TLS, bind, limits, logins and the callouts of mapping tables.</summary>
public sealed class DirectoryServiceTests(SlapdFixture slapd) : IClassFixture<SlapdFixture>
{
    private const string Found = "ims-ms: bob@ims-ms-daemon";
    private const string Down = "451 4.3.0 temporary directory failure: bob@example.com";

    private readonly SlapdServer _server = slapd.Server;

    [Fact]
    public async Task StartTls_with_a_file_of_authorities() =>
        Assert.Equal(Found, await OutcomeAsync($"LDAP_TLS=starttls\nLDAP_TLS_CA_FILE={_server.Certificate}"));

    [Fact]
    public async Task Ldaps_with_a_fingerprint() =>
        Assert.Equal(Found, await OutcomeAsync($"LDAP_TLS=implicit\nLDAP_PORT={_server.TlsPort}\nLDAP_TLS_FINGERPRINT={Fingerprint()}"));

    [Fact]
    public async Task A_certificate_nobody_vouches_for_is_not_believed()
    {
        Assert.Equal(Down, await OutcomeAsync("LDAP_TLS=starttls"));
        Assert.Equal(Down, await OutcomeAsync($"LDAP_TLS=implicit\nLDAP_PORT={_server.TlsPort}"));
        Assert.Equal(Down, await OutcomeAsync($"LDAP_TLS=starttls\nLDAP_TLS_FINGERPRINT={new string('0', 64)}"));
        Assert.Equal(Down, await OutcomeAsync("LDAP_TLS=starttls\nLDAP_TLS_CA_FILE=/nowhere/ca.pem"));
    }

    [Fact]
    public async Task A_certificate_for_another_name_is_not_believed()
    {
        await using SlapdServer other = await SlapdServer.StartedAsync("other.example");
        await using DirectorySite site = new(DirectorySite.Snapshot(other.TlsPort, $"LDAP_TLS=implicit\nLDAP_TLS_CA_FILE={other.Certificate}"));
        Assert.Equal(Down, await site.OutcomeAsync("bob@example.com"));
    }

    [Fact]
    public async Task Our_own_name_and_password()
    {
        Assert.Equal(Found, await OutcomeAsync($"LDAP_USERNAME={SlapdServer.RootName}\nLDAP_PASSWORD={SlapdServer.RootPassword}"));
        Assert.Equal(Down, await OutcomeAsync($"LDAP_USERNAME={SlapdServer.RootName}\nLDAP_PASSWORD=wrong"));
    }

    [Fact]
    public async Task A_name_without_a_password_is_no_anonymous_bind() =>
        Assert.Equal(Down, await OutcomeAsync($"LDAP_USERNAME={SlapdServer.RootName}"));

    [Fact]
    public async Task Servers_are_tried_in_their_order() =>
        Assert.Equal(Found, await OutcomeAsync($"LDAP_HOST=127.0.0.1:{SlapdServer.FreePort()} localhost:{_server.Port}"));

    [Fact]
    public async Task More_entries_than_the_limit_are_no_shorter_list()
    {
        await using DirectorySite site = new(DirectorySite.Snapshot(_server.Port, "LDAP_SIZE_LIMIT=1"));
        Assert.Equal("451 4.3.0 temporary directory failure: byurl@example.com", await site.OutcomeAsync("byurl@example.com"));
    }

    [Fact]
    public async Task A_base_that_does_not_exist_has_no_domains()
    {
        Assert.Equal("550 5.1.1 unknown or illegal alias: bob@example.com", await OutcomeAsync("LDAP_USER_ROOT=o=nowhere"));
        Assert.Equal(Down, await OutcomeAsync("LDAP_USER_ROOT=this is no name"));
    }

    [Fact]
    public async Task Many_recipients_at_once_share_few_connections()
    {
        await using DirectorySite site = new(DirectorySite.Snapshot(_server.Port, "LDAP_MAX_CONNECTIONS=2\nLDAP_CACHE_SIZE=0"));
        string[] outcomes = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => site.OutcomeAsync("bob@example.com")));
        Assert.All(outcomes, outcome => Assert.Equal(Found, outcome));
    }

    [Theory]
    [InlineData("bob@example.com", "correct horse", "bob@example.com")]
    [InlineData("bob", "correct horse", "bob@example.com")]
    [InlineData("BOB@EXAMPLE.COM", "correct horse", "bob@example.com")]
    [InlineData("bob@alias.example", "correct horse", "bob@example.com")]
    [InlineData("bob@example.com", "wrong", null)]
    [InlineData("bob@example.com", "", null)]
    [InlineData("", "", null)]
    [InlineData("nobody@example.com", "correct horse", null)]
    [InlineData("bob@nowhere.example", "correct horse", null)]
    [InlineData("inactive@example.com", "correct horse", null)]
    [InlineData("*", "correct horse", null)]
    [InlineData("b*b", "correct horse", null)]
    [InlineData("\"*)(uid=*\"@example.com", "correct horse", null)]
    [InlineData("*)(uid=*", "correct horse", null)]
    [InlineData("\\2a@example.com", "correct horse", null)]
    [InlineData("bob\0@example.com", "correct horse", null)]
    public async Task Users_log_in_with_the_password_of_their_entry(string name, string password, string? address)
    {
        await using DirectorySite site = new(DirectorySite.Snapshot(_server.Port, $"LDAP_TLS=starttls\nLDAP_TLS_CA_FILE={_server.Certificate}"));
        (AuthenticationOutcome outcome, string? user) =
            await PasswordCheck.CheckAsync(site.Policy.Snapshot, site.Directory, name, password, TestContext.Current.CancellationToken);
        Assert.Equal((address is null ? AuthenticationOutcome.Rejected : AuthenticationOutcome.Accepted, address), (outcome, user));
    }

    [Fact]
    public async Task No_password_leaves_this_machine_in_the_clear()
    {
        ConfigurationSnapshot snapshot = DirectorySite.Snapshot(_server.Port, "LDAP_HOST=192.0.2.1");
        Assert.False(snapshot.Options.Directory.ProtectsPasswords);
        await using DirectorySite site = new(snapshot);
        Assert.Equal(
            (AuthenticationOutcome.Unavailable, null),
            await site.Directory.VerifyAsync("bob@example.com", "correct horse", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("ldap:///o=example.com,o=isp?mail?sub?(uid=bob)", "bob@example.com")]
    [InlineData("ldap:///o=isp?uid?sub?(mail=robert@example.com)", null)]
    [InlineData("ldap:///o=isp?mail,uid?sub?(mailAlternateAddress=robert@example.com)", "bob@example.com")]
    [InlineData("ldap:///uid=bob,o=example.com,o=isp?uid", "bob")]
    [InlineData("ldap:///o=isp?mail?one?(uid=bob)", null)]
    public async Task A_url_of_a_mapping_gives_its_first_value(string url, string? value) =>
        Assert.Equal<CalloutAnswer>(value is null ? new CalloutAnswer.Failure() : new CalloutAnswer.Success(value), await AskAsync(new Callout(CalloutKind.Url, "", url)));

    [Theory]
    [InlineData("http://example.com/")]
    [InlineData("ldap://elsewhere.test/o=isp?mail")]
    [InlineData("ldap:///o=isp?mail?deep")]
    [InlineData("ldap:///o=isp?mail?sub?(uid=bob")]
    public async Task A_url_that_cannot_be_used_cannot_tell(string url) =>
        Assert.Equal<CalloutAnswer>(new CalloutAnswer.Unavailable(), await AskAsync(new Callout(CalloutKind.Url, "", url)));

    [Theory]
    [InlineData("hosted.example", "mailDomainCatchallAddress", "bob@example.com")]
    [InlineData("alias.example", "_canonical_name_", "example.com")]
    [InlineData("alias.example", "_domain_name_", "alias.example")]
    [InlineData("example.com", "_base_dn_", "o=example.com,o=isp")]
    [InlineData("example.com", "_domain_dn_", "o=example.com,o=isp")]
    [InlineData("example.com", "mailDomainConversionTag", "main")]
    [InlineData("example.com", "mailDomainCatchallAddress", null)]
    [InlineData("nowhere.example", "_base_dn_", null)]
    [InlineData("example.com", "no)attribute", null)]
    public async Task An_attribute_of_a_domain(string domain, string attribute, string? value) => Assert.Equal<CalloutAnswer>(
        value is null ? new CalloutAnswer.Failure() : new CalloutAnswer.Success(value), await AskAsync(new Callout(CalloutKind.DomainAttribute, attribute, domain)));

    [Theory]
    [InlineData("bob@example.com", "550 5.7.1 bob@example.com is in the directory: here@example.com")]
    [InlineData("nobody@example.com", null)]
    [InlineData("\"x)(uid=bob\"@example.com", null)]
    [InlineData("\"x%29(uid=bob\"@example.com", null)]
    public async Task An_access_table_asks_the_directory(string sender, string? refused)
    {
        const string Table = "ORIG_MAIL_ACCESS\n\n  TCP|*|MAIL|*|*|*|*  $C$]ldap:///o=isp?mail?sub?(mail=$=$2)[$ is$ in$ the$ directory$N$E\n";
        await using DirectorySite site = new(DirectorySite.Snapshot(_server.Port, mappings: text => $"{text}\n{Table}"));
        Decision decision = await site.RecipientAsync("here@example.com", sender);
        Assert.Equal(refused, decision.Verdict == Verdict.Accept ? null : decision.Reply.ToString());
    }

    private async Task<string> OutcomeAsync(string options)
    {
        await using DirectorySite site = new(DirectorySite.Snapshot(_server.Port, options));
        return await site.OutcomeAsync("bob@example.com");
    }

    private async Task<CalloutAnswer> AskAsync(Callout callout)
    {
        await using DirectorySite site = new(DirectorySite.Snapshot(_server.Port));
        return (await site.Directory.AnswerAsync(callout, TestContext.Current.CancellationToken))!;
    }

    private string Fingerprint()
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(File.ReadAllText(_server.Certificate));
        return certificate.GetCertHashString(HashAlgorithmName.SHA256).ToLowerInvariant();
    }
}
